"""dataset.json: what the data set is."""

import json
from collections.abc import Iterable, Mapping, Sized
from pathlib import Path
from typing import Any

from pipeline.passages import Facts
from pipeline.records import SPLITS, TOKENIZER

_COUNTED = ("passages", "sentences", "tokens", "characters")


def build(
    identity: Mapping[str, object],
    pieces: int,
    works: Iterable[Facts],
    files: Mapping[str, Facts],
    rejected: Sized,
) -> Facts:
    """Returns the content of dataset.json.

    Args:
        identity: format version, input, options and normalisation, as they are.
        pieces: size of the vocabulary.
        works: facts of every work.
        files: size and checksum of every other file of the data set.
        rejected: what is in rejected.jsonl.
    """
    works = sorted(works, key=lambda work: str(work["file"]))
    splits = {}
    for split in SPLITS:
        inside = [work for work in works if work["split"] == split]
        splits[split] = {"works": len(inside)} | {
            what: sum(int(str(work[what])) for work in inside) for what in _COUNTED
        }
    return {
        "format_version": identity["format_version"],
        "splits": splits,
        "files": dict(sorted(files.items())),
        "tokenizer": {
            "file": TOKENIZER,
            "sha256": files[TOKENIZER]["sha256"],
            "pieces": pieces,
        },
        "normalization": identity["normalization"],
        "options": identity["options"],
        "input": identity["input"],
        "rejected": len(rejected),
        "works": works,
    }


def dump(manifest: Facts) -> bytes:
    """dataset.json's bytes."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def load(path: Path) -> dict[str, Any]:
    """Reads dataset.json."""
    return dict(json.loads(path.read_text("utf-8")))
