"""Two branches of a story side by side."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple


class Row(NamedTuple):
    """What stands beside each other; None where one branch has nothing."""

    left: str | None
    right: str | None

    @property
    def same(self) -> bool:
        """Whether both have the same sentence."""
        return self.left == self.right


def common_beginning(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many sentences two stories have in common before they part."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def side_by_side(left: Sequence[str], right: Sequence[str]) -> list[Row]:
    """Align two stories from where they part on; sentences in both stand beside each other."""
    common = common_beginning(left, right)
    left, right = left[common:], right[common:]
    rows: list[Row] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for _, i, j, k, m in matcher.get_opcodes():
        rows += (Row(a, b) for a, b in zip_longest(left[i:j], right[k:m]))
    return rows
