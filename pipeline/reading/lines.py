"""Lines of a file, some of them rejected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class SourceLine:
    """A line or paragraph of a file.

    Attributes:
        text: its text, not yet normalised.
        number: the line of the file (or of `part`) at which it begins, from 1.
        part: path of the document inside an EPUB.
        rejected: why it is not part of the novel; "" if it is.
    """

    text: str
    number: int
    part: str = ""
    rejected: str = ""


def split_lines(text: str) -> Iterator[SourceLine]:
    """Split text at line ends, form feeds and similar characters, and omit blank lines."""
    for number, line in enumerate(_LINE_END.split(text), 1):
        for piece in line.splitlines():
            if piece.strip():
                yield SourceLine(piece, number)
