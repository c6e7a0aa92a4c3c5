"""A data set folder written by the pipeline, checked against its ``dataset.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline import checksums, records
from trainer.configuration import TrainerError


class EncodedCorpus:
    """A complete data set whose files match its ``dataset.json``.

    Attributes:
        folder: the data set's folder.
        manifest: the content of ``dataset.json``.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]):
        self.folder, self.manifest = folder, manifest

    @classmethod
    def open(cls, folder: Path) -> EncodedCorpus:
        """Read ``dataset.json`` and check every file against it.

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
                f"{path} has format version {version}, but this trainer reads version "
                f"{records.FORMAT_VERSION}; run python -m pipeline again"
            )
        for name, listed in files.items():
            _verify(folder / name, listed)
        return cls(folder, manifest)

    def files(self, split: str) -> list[str]:
        """Paths of a split's shards, in order."""
        names = sorted(n for n in self.manifest["files"] if n.startswith(f"{split}-"))
        return [str(self.folder / name) for name in names]

    def sentences(self, split: str) -> int:
        """Number of sentences in a split."""
        return int(self.manifest["splits"].get(split, {}).get("sentences", 0))

    @property
    def longest_sentence(self) -> int:
        """Maximum number of tokens in a sentence."""
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
        """The facts that a run records about its data set, to recognise it and to export."""
        keys = ("splits", "tokenizer", "normalization")
        return {
            "folder": str(self.folder),
            "longest_sentence": self.longest_sentence,
            **{key: self.manifest[key] for key in keys},
        }


def _verify(path: Path, listed: dict[str, Any]) -> None:
    remedy = "run python -m pipeline again, or copy the folder again"
    try:
        with path.open("rb") as file:
            problem = checksums.mismatch(checksums.size_and_digest(file), listed)
    except FileNotFoundError:
        raise TrainerError(
            f"{path} is missing, though {records.MANIFEST} lists it; {remedy}"
        ) from None
    except OSError as error:
        raise TrainerError(f"{path} cannot be read: {error.strerror}; {remedy}") from None
    if problem:
        raise TrainerError(f"{path} is damaged: {problem}; {remedy}")
