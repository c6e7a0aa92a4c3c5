"""Builds, writes and reads dataset.json, which describes the data set."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pipeline import storage
from pipeline.records import MANIFEST, SPECIAL_PIECES, SPLITS, TOKENIZER
from pipeline.report.rejection_counts import RejectionCount
from pipeline.report.statistics import Counts, Statistics
from pipeline.storage import Facts
from pipeline.version import __version__
from pipeline.vocabulary.learning import Vocabulary
from pipeline.vocabulary.sentencepiece_model import RESERVED

_COUNTED = ("passages", "sentences", "tokens", "characters")


def build(
    vocabulary: Vocabulary,
    identity: Mapping[str, object],
    works: Iterable[Facts],
    counted: Statistics,
    reasons: Mapping[str, RejectionCount],
) -> Facts:
    """Return the content of dataset.json but for the list of files.

    Args:
        vocabulary: the vocabulary.
        identity: format version, input, options and normalisation, copied unchanged.
        works: facts of every work.
        counted: histograms over all sentences and tokens.
        reasons: counts of rejections by reason.
    """
    works = sorted(works, key=lambda work: str(work["file"]))
    splits = {}
    for split in SPLITS:
        inside = [work for work in works if work["split"] == split]
        splits[split] = {"works": len(inside)} | {
            what: sum(int(str(work[what])) for work in inside) for what in _COUNTED
        }
    used = np.zeros(vocabulary.size, np.int64)
    used[: len(counted.pieces)] = counted.pieces
    return {
        "format_version": identity["format_version"],
        "soseol_version": __version__,
        "splits": splits,
        "tokenizer": {"file": TOKENIZER, "pieces": vocabulary.size},
        "statistics": {
            "sentence_tokens": _percentiles(counted.sentence_tokens),
            "sentence_characters": _percentiles(counted.sentence_characters),
            "byte_tokens": int(used[len(SPECIAL_PIECES) : RESERVED].sum()),
            "unused_pieces": int((used[RESERVED:] == 0).sum()),
        },
        "normalization": identity["normalization"],
        "options": identity["options"],
        "input": identity["input"],
        "rejected": sum(reason.count for reason in reasons.values()),
        "rejected_reasons": {name: reason.count for name, reason in sorted(reasons.items())},
        "works": works,
    }


def dump(manifest: Facts, files: Mapping[str, Facts]) -> bytes:
    """Return the bytes of dataset.json.

    Args:
        manifest: from `build`.
        files: size and checksum of every other file of the data set.
    """
    tokenizer = {**dict(manifest["tokenizer"]), "sha256": files[TOKENIZER]["sha256"]}  # type: ignore[call-overload]
    complete = {**manifest, "tokenizer": tokenizer, "files": dict(sorted(files.items()))}
    return (json.dumps(complete, ensure_ascii=False, indent=1) + "\n").encode()


def load(folder: str) -> dict[str, Any]:
    """Read the dataset.json of a data set."""
    return dict(json.loads(storage.read(storage.join(folder, MANIFEST))))


def _percentiles(histogram: Counts) -> dict[str, int]:
    """Return the percentiles of the values counted in a histogram."""
    below = np.cumsum(histogram)
    shares = {"median": 0.5, "p90": 0.9, "p99": 0.99, "longest": 1.0}
    return {name: int(np.searchsorted(below, share * below[-1])) for name, share in shares.items()}
