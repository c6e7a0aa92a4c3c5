"""Two branches of a story side by side."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple


class Row(NamedTuple):
    """Two aligned sentences; None where a branch has none."""

    left: str | None
    right: str | None

    @property
    def same(self) -> bool:
        """Whether both sentences are the same."""
        return self.left == self.right


def common_prefix_length(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many sentences two stories share before they differ."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def side_by_side(left: Sequence[str], right: Sequence[str]) -> list[Row]:
    """Align the sentences of two stories from where they differ."""
    common = common_prefix_length(left, right)
    left, right = left[common:], right[common:]
    rows: list[Row] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for _, i, j, k, m in matcher.get_opcodes():
        rows += (Row(a, b) for a, b in zip_longest(left[i:j], right[k:m]))
    return rows
