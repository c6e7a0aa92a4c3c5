"""Digests of files, and the check of a data set's files against dataset.json.

Both the pipeline and the trainer need them, so the module uses the standard library only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pipeline.records import MANIFEST

_BLOCK = 1 << 20


def size_and_digest(file: BinaryIO) -> dict[str, object]:
    """Size and SHA-256 of an open file, under the keys that dataset.json uses."""
    size, digest = 0, hashlib.sha256()
    while block := file.read(_BLOCK):
        size += len(block)
        digest.update(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mismatch(found: Mapping[str, object], listed: Mapping[str, object]) -> str | None:
    """How a file differs from its entry in dataset.json; None if it matches.

    Args:
        found: the file's ``bytes`` and ``sha256``, see :func:`size_and_digest`.
        listed: its entry.
    """
    if found["bytes"] != listed["bytes"]:
        return f"{found['bytes']} bytes where {MANIFEST} has {listed['bytes']}"
    if found["sha256"] != listed["sha256"]:
        return f"its checksum is not the one in {MANIFEST}"
    return None
