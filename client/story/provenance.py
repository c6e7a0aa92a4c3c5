"""Each author's share of a story."""

from collections.abc import Sequence
from typing import NamedTuple

from client.story.manuscript import Author, Line

# Distinguishable by shape, not by colour alone.
MARKS = {Author.WRITER: "○", Author.MODEL: "◆", Author.EDITED: "◇"}
COLOURS = {Author.WRITER: "1f4e79", Author.MODEL: "9c3d00", Author.EDITED: "5b2c83"}


class Share(NamedTuple):
    """One author's part of a story."""

    author: Author
    sentences: int
    characters: int  # without spaces
    sentences_share: float  # 0 to 1
    characters_share: float


def shares(lines: Sequence[Line]) -> list[Share]:
    """Return every author's share, the writer first."""
    counts = {author: [0, 0] for author in Author}
    for line in lines:
        counts[line.author][0] += 1
        counts[line.author][1] += len("".join(line.text.split()))
    sentences, characters = (max(1, sum(c[i] for c in counts.values())) for i in (0, 1))
    return [Share(a, s, c, s / sentences, c / characters) for a, (s, c) in counts.items()]
