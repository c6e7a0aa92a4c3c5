"""A data set of the pipeline on disk: what its ``dataset.json`` promises, and whether it holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import records
from trainer.configuration import TrainerError


class DataSet:
    """A complete, verified data set folder.

    Attributes:
        folder: where it lies.
        manifest: the content of ``dataset.json``.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]):
        self.folder, self.manifest = folder, manifest

    @classmethod
    def open(cls, folder: Path) -> DataSet:
        """Read ``dataset.json`` and compare every file with it.

        Raises:
            TrainerError: the folder is not a complete data set, or a file does not match.
        """
        path = folder / records.MANIFEST
        if not path.is_file():
            raise TrainerError(
                f"{folder} is not a complete data set ({records.MANIFEST} is missing); "
                f"make one with: python -m pipeline --input <novels> --output {folder}"
            )
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            version, files = manifest["format_version"], manifest["files"]
            for key in ("splits", "tokenizer", "normalization", "options"):
                manifest[key]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainerError(
                f"{path} is damaged ({error!r}); run python -m pipeline again"
            ) from None
        if version != records.FORMAT_VERSION:
            raise TrainerError(
                f"{path} has format version {version}, this trainer reads "
                f"{records.FORMAT_VERSION}; run python -m pipeline again"
            )
        for name, promised in files.items():
            _verify(folder / name, promised)
        return cls(folder, manifest)

    def files(self, split: str) -> list[str]:
        """Paths of a split's shards, in order."""
        names = sorted(n for n in self.manifest["files"] if n.startswith(f"{split}-"))
        return [str(self.folder / name) for name in names]

    def sentences(self, split: str) -> int:
        """How many sentences a split holds."""
        return int(self.manifest["splits"].get(split, {}).get("sentences", 0))

    @property
    def longest_sentence(self) -> int:
        """Tokens that no sentence exceeds."""
        return int(self.manifest["options"]["max_sentence_tokens"])

    @property
    def tokenizer(self) -> Path:
        """Path of the SentencePiece model."""
        return self.folder / self.manifest["tokenizer"]["file"]

    @property
    def pieces(self) -> int:
        """Size of the vocabulary."""
        return int(self.manifest["tokenizer"]["pieces"])

    def summary(self) -> dict[str, Any]:
        """What a run keeps of the data set: enough to know it again and to export with it."""
        keys = ("splits", "tokenizer", "normalization")
        return {
            "folder": str(self.folder),
            "longest_sentence": self.longest_sentence,
            **{key: self.manifest[key] for key in keys},
        }


def characters_per_piece(tokenizer: Path) -> np.ndarray:
    """How many characters of text each piece stands for, float32 ``[vocabulary]``.

    Sentence ends count -1: each sentence's first piece brings a space that is not in the
    text, so that summing over a sentence and its end gives exactly its characters. Of the byte
    pieces only those that begin a UTF-8 sequence count.
    """
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
    table = np.zeros(pieces.get_piece_size(), np.float32)
    for index in range(len(table)):
        if pieces.is_byte(index):
            continues = 0x80 <= int(pieces.id_to_piece(index)[1:-1], 16) < 0xC0
            table[index] = 0 if continues else 1
        elif not pieces.is_control(index):
            table[index] = len(pieces.id_to_piece(index))
    table[records.EOS_ID] = -1
    return table


def _verify(path: Path, promised: dict[str, Any]) -> None:
    again = "run python -m pipeline again, or copy the folder again"
    if not path.is_file():
        raise TrainerError(f"{path} is missing, though {records.MANIFEST} lists it; {again}")
    size = path.stat().st_size
    if size != promised["bytes"]:
        raise TrainerError(
            f"{path} has {size} bytes where {records.MANIFEST} lists {promised['bytes']}; {again}"
        )
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != promised["sha256"]:
        raise TrainerError(
            f"{path} was changed since it was written (its checksum differs); {again}"
        )
