"""A novel on its way from a file to a work: lines of text, some of them rejected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Line:
    """A line or paragraph of a file.

    Attributes:
        text: what it says, not yet normalised.
        number: the line of the file (or of `part`) at which it begins, from 1.
        part: the file inside an EPUB.
        rejected: why it does not belong to the novel, if it does not.
    """

    text: str
    number: int
    part: str = ""
    rejected: str = ""


def split_lines(text: str) -> Iterator[Line]:
    """Cuts text at its line ends, and form feeds and the like, leaving out blank lines."""
    for number, line in enumerate(_LINE_END.split(text), 1):
        for piece in line.splitlines():
            if piece.strip():
                yield Line(piece, number)
