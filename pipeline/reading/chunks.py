"""Parts of works: what a worker takes at a time.

A work may have a thousand times as many characters as another. In chunks of about the same size
works spread evenly over workers, and none needs more memory than another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.reading.compressed_lines import CompressedLines
from pipeline.reading.works import Work

CHARACTERS = 50_000  # of a chunk, about a second's work for Kiwi, so that its threads are kept busy


@dataclass(frozen=True)
class Chunk:
    """Consecutive lines of a work.

    Attributes:
        id: id of the work.
        file: name of the work's file.
        number: index of the chunk in the work.
        lines: its paragraphs, later its sentences.
    """

    id: str
    file: str
    number: int
    lines: Sequence[str]

    def __reduce__(self) -> tuple[type["Chunk"], tuple[str, str, int, CompressedLines]]:
        return Chunk, (self.id, self.file, self.number, CompressedLines.of(self.lines))


def cut(work: Work) -> Iterator[Chunk]:
    """Yields the chunks of a work; no paragraph is cut."""
    number, size, lines = 0, 0, list[str]()
    for line in work.lines:
        lines.append(line)
        size += len(line)
        if size >= CHARACTERS:
            yield Chunk(work.id, work.file, number, tuple(lines))
            number, size, lines = number + 1, 0, []
    if lines:
        yield Chunk(work.id, work.file, number, tuple(lines))
