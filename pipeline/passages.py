"""From works of sentences to TFRecord files of passages."""

import gzip
import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam
import google_crc32c

from pipeline import model_file
from pipeline.errors import JobError
from pipeline.example import serialize_passage
from pipeline.output import file_facts
from pipeline.progress import count
from pipeline.splits import TRAIN
from pipeline.vocabulary import Vocabulary
from pipeline.works import Work
from pipeline.wrapping import wrap

Facts = dict[str, object]


@dataclass(frozen=True)
class EncodedWork:
    """A work as token ids."""

    id: str
    file: str
    split: str
    characters: int  # code points in all sentences
    sentences: tuple[tuple[int, ...], ...]

    def passages(self, size: int) -> int:
        """Number of passages of `size` sentences."""
        return -(-len(self.sentences) // size)

    def facts(self, passage_sentences: int) -> Facts:
        """What dataset.json says of a work."""
        return {
            "id": self.id,
            "file": self.file,
            "split": self.split,
            "passages": self.passages(passage_sentences),
            "sentences": len(self.sentences),
            "tokens": sum(map(len, self.sentences)),
            "characters": self.characters,
        }


class Encode(beam.DoFn):
    """Wraps and encodes the sentences of a work.

    Args:
        max_sentence_tokens: longer sentences are cut.
    """

    def __init__(self, max_sentence_tokens: int) -> None:
        self._most = max_sentence_tokens

    def process(
        self, work: Work, vocabulary: Vocabulary, splits: Mapping[str, str]
    ) -> Iterator[EncodedWork]:
        """Yields the encoded work, given the vocabulary and the split of every work."""
        tokenizer = model_file.load(vocabulary.model)
        sentences = [part for line in work.lines for part in wrap(line, tokenizer, self._most)]
        count("works encoded")
        yield EncodedWork(
            work.id,
            work.file,
            splits[work.id],
            sum(map(len, sentences)),
            tuple(map(tuple, tokenizer.encode(sentences))),
        )


@dataclass(frozen=True)
class Layout:
    """Which passage goes to which file: dealt out in turn, so that files differ by one at most."""

    shards: dict[str, int]  # by split
    offsets: dict[str, int]  # by work: passages of the split before its first

    @classmethod
    def plan(cls, works: Iterable[Facts], shards: int) -> "Layout":
        """Lays out passages, `shards` files for the train split at most and one for the others."""
        passages: dict[str, int] = {}
        offsets = {}
        for work in sorted(works, key=lambda work: str(work["id"])):
            split = str(work["split"])
            offsets[str(work["id"])] = passages.setdefault(split, 0)
            passages[split] += int(str(work["passages"]))
        return cls(
            {split: min(shards, many) if split == TRAIN else 1 for split, many in passages.items()},
            offsets,
        )

    def file_name(self, split: str, shard: int) -> str:
        """Name of a file of records."""
        return f"{split}-{shard:05d}-of-{self.shards[split]:05d}.tfrecord.gz"


class CutPassages(beam.DoFn):
    """Cuts works into passages: ``(file name, (order, serialised example))``."""

    def __init__(self, passage_sentences: int, seed: int) -> None:
        self._size, self._seed = passage_sentences, seed

    def process(
        self, work: EncodedWork, layout: Layout
    ) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
        """Yields the passages of one work."""
        for index in range(work.passages(self._size)):
            first = index * self._size
            sentences = work.sentences[first : first + self._size]
            shard = (layout.offsets[work.id] + index) % layout.shards[work.split]
            # Records stand in a random order that is the same whenever and wherever they are made.
            order = hashlib.sha256(f"{self._seed} {work.id} {first}".encode()).digest()
            name = layout.file_name(work.split, shard)
            yield name, (order, serialize_passage(work.id, first, sentences))


class WriteRecords(beam.DoFn):
    """Writes the records of one file; yields ``(file name, size and checksum)``."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(
        self, element: tuple[str, Iterable[tuple[bytes, bytes]]]
    ) -> Iterator[tuple[str, Facts]]:
        """Writes one file."""
        name, records = element
        yield write(self._folder, name, compress([record for _, record in sorted(records)]))
        count("files written")


def compress(records: Sequence[bytes]) -> bytes:
    """Returns a GZIP TFRecord file: length, its checksum, data, its checksum, for each record."""
    framed = []
    for record in records:
        length = struct.pack("<Q", len(record))
        framed += [length, _masked_checksum(length), record, _masked_checksum(record)]
    return gzip.compress(b"".join(framed), mtime=0)


def _masked_checksum(data: bytes) -> bytes:
    """CRC-32C, rotated and shifted as in ``tensorflow/core/lib/hash/crc32c.h``."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def write(folder: str, name: str, data: bytes) -> tuple[str, Facts]:
    """Writes a file of the data set and returns its name, size and checksum.

    Raises:
        JobError: if it cannot be written.
    """
    path = Path(folder, name)
    try:
        path.write_bytes(data)
        return name, file_facts(path)
    except OSError as error:
        raise JobError(f"{path} cannot be written: {error.strerror}") from error
