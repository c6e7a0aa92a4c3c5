"""Reads a data set, and verifies it against its dataset.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sentencepiece import SentencePieceProcessor

from pipeline import checksums, storage
from pipeline.errors import JobError
from pipeline.output import tfrecord
from pipeline.output.example import Passage, parse_passage
from pipeline.records import FORMAT_VERSION, MANIFEST, SPLITS
from pipeline.vocabulary import sentencepiece_model


@dataclass(frozen=True)
class DataSet:
    """A data set in a folder.

    Attributes:
        folder: its path.
        manifest: content of dataset.json.
        tokenizer: the tokenizer of tokenizer.model.
    """

    folder: str
    manifest: Mapping[str, Any]
    tokenizer: SentencePieceProcessor

    @classmethod
    def open(cls, folder: str) -> DataSet:
        """Open a data set.

        Raises:
            JobError: if it is missing, damaged, or of another format version.
        """
        path = storage.join(folder, MANIFEST)
        try:
            if MANIFEST not in storage.names(folder):
                raise JobError(
                    f"{folder} is not a complete data set: it has no {MANIFEST}; make it with "
                    "python -m pipeline"
                )
            manifest = json.loads(storage.read(path))
            if manifest["format_version"] != FORMAT_VERSION:
                raise JobError(
                    f"{path} has format version {manifest['format_version']}, but this program "
                    f"reads version {FORMAT_VERSION}; make the data set again"
                )
            name = manifest["tokenizer"]["file"]
            for key in ("files", "works", "splits"):
                manifest[key]
        except OSError as error:
            raise JobError(f"{path} cannot be read: {storage.reason(error)}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise JobError(f"{path} is damaged; make the data set again") from error
        return cls(folder, manifest, _tokenizer(storage.join(folder, name)))

    def passages(self, split: str) -> Iterator[Passage]:
        """Yield the passages of a split, in the order of its files.

        Raises:
            JobError: if a file is damaged.
        """
        for name in self.manifest["files"]:
            if name.startswith(f"{split}-"):
                yield from self.read(name)

    def read(self, name: str) -> Iterator[Passage]:
        """Yield the passages of a file, in order.

        Raises:
            JobError: if it is damaged.
        """
        path = storage.join(self.folder, name)
        pieces = self.tokenizer.get_piece_size()
        try:
            for record in tfrecord.read_records(storage.read(path)):
                passage = parse_passage(record)
                if any(not 0 <= id < pieces for ids in passage.sentences for id in ids):
                    raise ValueError(f"a token id is outside the vocabulary of {pieces:,} pieces")
                yield passage
        except OSError as error:
            raise JobError(f"{path} cannot be read: {storage.reason(error)}") from error
        except ValueError as error:
            raise JobError(f"{path} is damaged: {error}") from error

    def verify(self) -> None:
        """Compare the files and all counts with dataset.json, decoding every sentence.

        Raises:
            JobError: if anything differs; names the first file or work that does.
        """
        for name, promised in self.manifest["files"].items():
            self._verify_file(name, promised)
        for split in SPLITS:
            found: dict[str, Counter[str]] = {}
            for passage in self.passages(split):
                work = found.setdefault(passage.work, Counter())
                work["passages"] += 1
                work["sentences"] += len(passage.sentences)
                work["tokens"] += sum(map(len, passage.sentences))
                work["characters"] += sum(map(len, self.decode(passage.sentences)))
            listed = {
                work["id"]: Counter({what: work[what] for what in _COUNTED})
                for work in self.manifest["works"]
                if work["split"] == split
            }
            for id in sorted(found.keys() | listed.keys()):
                _compare(self.folder, split, id, found.get(id), listed.get(id))

    def decode(self, sentences: list[list[int]]) -> list[str]:
        """Return the text of sentences of token ids."""
        return list(self.tokenizer.decode(sentences)) if sentences else []

    def _verify_file(self, name: str, promised: Mapping[str, object]) -> None:
        path = storage.join(self.folder, name)
        try:
            facts = storage.facts(path)
        except OSError as error:
            raise JobError(f"{path} cannot be read: {storage.reason(error)}") from error
        if problem := checksums.mismatch(facts, promised):
            raise JobError(f"{path} is damaged: {problem}")


_COUNTED = ("passages", "sentences", "tokens", "characters")


def _compare(
    folder: str, split: str, work: str, found: Counter[str] | None, promised: Counter[str] | None
) -> None:
    if found == promised:
        return
    where = f"{folder}: the {split} split"
    if found is None or promised is None:
        raise JobError(
            f"{where} {'lacks' if found is None else 'contains'} work {work}, unlike {MANIFEST}"
        )
    what = next(what for what in _COUNTED if found[what] != promised[what])
    raise JobError(
        f"{where} has {found[what]:,} {what} of work {work}, but {MANIFEST} says {promised[what]:,}"
    )


def _tokenizer(path: str) -> SentencePieceProcessor:
    try:
        return sentencepiece_model.load(storage.read(path))
    except OSError as error:
        raise JobError(f"{path} cannot be read: {storage.reason(error)}") from error
    except RuntimeError as error:
        raise JobError(f"{path} is damaged: it is not a SentencePiece model") from error
