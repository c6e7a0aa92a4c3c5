"""Who wrote how much of a story."""

from collections.abc import Sequence
from typing import NamedTuple

from client.story.manuscript import Author, Line

# Told apart by shape, not by colour alone.
MARKS = {Author.WRITER: "○", Author.MODEL: "◆", Author.EDITED: "◇"}
COLOURS = {Author.WRITER: "1f4e79", Author.MODEL: "9c3d00", Author.EDITED: "5b2c83"}


class Share(NamedTuple):
    """What one author wrote of a story."""

    author: Author
    sentences: int
    characters: int  # spaces left out
    sentences_share: float  # 0 to 1
    characters_share: float


def shares(lines: Sequence[Line]) -> list[Share]:
    """Return how much each author wrote, the writer first."""
    counts = {author: [0, 0] for author in Author}
    for line in lines:
        counts[line.author][0] += 1
        counts[line.author][1] += len("".join(line.text.split()))
    sentences, characters = (max(1, sum(c[i] for c in counts.values())) for i in (0, 1))
    return [Share(a, s, c, s / sentences, c / characters) for a, (s, c) in counts.items()]
