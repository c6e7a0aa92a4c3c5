"""Cuts works into chunks, the unit of parallel work.

One work may be a thousand times as long as another. Chunks of similar size distribute the work
evenly over the workers and bound their memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.reading.compressed_lines import CompressedLines
from pipeline.reading.works import Work

CHUNK_CHARACTERS = 50_000  # about a second of Kiwi's time, enough to keep its threads busy


@dataclass(frozen=True)
class Chunk:
    """Consecutive lines of a work.

    Attributes:
        id: id of the work.
        file: name of the work's file.
        number: index of the chunk in the work.
        lines: its paragraphs; after sentence splitting, its sentences.
    """

    id: str
    file: str
    number: int
    lines: Sequence[str]

    def __reduce__(self) -> tuple[type["Chunk"], tuple[str, str, int, CompressedLines]]:
        return Chunk, (self.id, self.file, self.number, CompressedLines.of(self.lines))


def cut(work: Work) -> Iterator[Chunk]:
    """Yield the chunks of a work, which end between paragraphs."""
    number, size, lines = 0, 0, list[str]()
    for line in work.lines:
        lines.append(line)
        size += len(line)
        if size >= CHUNK_CHARACTERS:
            yield Chunk(work.id, work.file, number, tuple(lines))
            number, size, lines = number + 1, 0, []
    if lines:
        yield Chunk(work.id, work.file, number, tuple(lines))
