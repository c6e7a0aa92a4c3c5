"""Encodes chunks of sentences, joins them to works, and writes passages as TFRecord files."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from pipeline import storage
from pipeline.output import tfrecord
from pipeline.output.example import serialize_passage
from pipeline.output.shards import Shards
from pipeline.progress import count
from pipeline.reading.chunks import Chunk
from pipeline.sentences.long_sentences import split_long
from pipeline.storage import Facts
from pipeline.vocabulary import sentencepiece_model
from pipeline.vocabulary.learning import Vocabulary

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class EncodedWork:
    """A work, or a chunk of one, as token ids.

    Attributes:
        id: id of the work.
        file: name of its file.
        split: the split it belongs to.
        tokens: concatenated ids of all sentences ``[tokens]``.
        lengths: number of tokens in each sentence ``[sentences]``.
        characters: number of code points in each sentence ``[sentences]``.
    """

    id: str
    file: str
    split: str
    tokens: Ints
    lengths: Ints
    characters: Ints

    def facts(self, passage_sentences: int) -> Facts:
        """Return the entry of the work in dataset.json."""
        return {
            "id": self.id,
            "file": self.file,
            "split": self.split,
            "passages": -(-len(self.lengths) // passage_sentences),
            "sentences": len(self.lengths),
            "tokens": len(self.tokens),
            "characters": int(self.characters.sum()),
        }


class Encode(beam.DoFn):
    """Encodes the sentences of a chunk.

    Args:
        max_sentence_tokens: longer sentences are split.
    """

    def __init__(self, max_sentence_tokens: int) -> None:
        self._most = max_sentence_tokens
        self._lengths = Metrics.distribution("pipeline", "sentence_tokens")

    def process(
        self, chunk: Chunk, vocabulary: Vocabulary, splits: Mapping[str, str]
    ) -> Iterator[tuple[str, tuple[int, EncodedWork]]]:
        """Yield ``(work, (number of the chunk, its tokens))``."""
        tokenizer = _tokenizer(vocabulary.model)
        sentences, encoded = encode(chunk.lines, tokenizer, self._most)
        lengths = [len(ids) for ids in encoded]
        for length in lengths:
            self._lengths.update(length)
        count("tokens", sum(lengths))
        yield (
            chunk.id,
            (
                chunk.number,
                EncodedWork(
                    chunk.id,
                    chunk.file,
                    splits[chunk.file],
                    np.fromiter(chain.from_iterable(encoded), np.min_scalar_type(vocabulary.size)),
                    np.array(lengths, np.int32),
                    np.array([len(sentence) for sentence in sentences], np.int32),
                ),
            ),
        )


def encode(
    lines: Iterable[str], tokenizer: SentencePieceProcessor, most: int
) -> tuple[list[str], list[list[int]]]:
    """Return sentences of at most `most` tokens each (longer ones split), and their token ids."""
    sentences = list(lines)
    encoded = tokenizer.encode(sentences)
    if all(len(ids) <= most for ids in encoded):
        return sentences, encoded
    parts = [
        part
        for sentence, ids in zip(sentences, encoded, strict=True)
        for part in (split_long(sentence, tokenizer, most) if len(ids) > most else [sentence])
    ]
    return parts, tokenizer.encode(parts)


@functools.lru_cache(maxsize=1)
def _tokenizer(model: bytes) -> SentencePieceProcessor:
    """Load the vocabulary once per worker."""
    return sentencepiece_model.load(model)


def join_chunks(element: tuple[str, Iterable[tuple[int, EncodedWork]]]) -> EncodedWork:
    """Join the chunks of a work."""
    chunks = [chunk for _, chunk in sorted(element[1], key=lambda numbered: numbered[0])]
    first = chunks[0]
    return EncodedWork(
        first.id,
        first.file,
        first.split,
        np.concatenate([chunk.tokens for chunk in chunks]),
        np.concatenate([chunk.lengths for chunk in chunks]),
        np.concatenate([chunk.characters for chunk in chunks]),
    )


class CutPassages(beam.DoFn):
    """Cuts works into passages: ``(file name, (order, serialised example))``.

    Args:
        sentences: maximum number of sentences in a passage.
        shards: assigns passages to files.
    """

    def __init__(self, sentences: int, shards: Shards) -> None:
        self._sentences, self._shards = sentences, shards

    def process(self, work: EncodedWork) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
        """Yield the passages of one work."""
        starts = range(0, len(work.lengths), self._sentences)
        begin = 0
        for index, first in enumerate(starts):
            lengths = work.lengths[first : first + self._sentences]
            end = begin + int(lengths.sum())
            yield (
                self._shards.file(work.split, work.file, index),
                (
                    self._shards.order(work.file, index),
                    serialize_passage(work.id, first, work.tokens[begin:end], lengths),
                ),
            )
            begin = end
        count("works encoded")


class WriteRecords(beam.DoFn):
    """Writes the records of one file; yields ``(file name, size and checksum)``.

    Args:
        folder: where to write.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(
        self, element: tuple[str, Iterable[tuple[bytes, bytes] | None]]
    ) -> Iterator[tuple[str, Facts]]:
        """Write one file; None stands for no record, so that an empty file can be written."""
        name, records = element
        ordered = sorted(record for record in records if record is not None)
        yield storage.write(
            self._folder, name, tfrecord.compressed(record for _, record in ordered)
        )
        count("files written")
