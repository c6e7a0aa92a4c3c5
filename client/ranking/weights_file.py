"""The file of ranking weights, by default ``~/.config/soseol/ranking.json`` (on Windows too)."""

import json
import math
import os
from pathlib import Path
from typing import Any

from client.errors import UserFacingError, reason
from client.ranking.features import FEATURES
from client.ranking.weights import DEFAULT, Weights

FORMAT = "soseol-ranking"
VERSION = 1


class WeightsError(UserFacingError):
    """The weights file cannot be read."""


def own_path() -> Path:
    """Return the path of this writer's own weights (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "soseol" / "ranking.json"


def read_weights(path: str | None = None) -> Weights:
    """Return the weights in a file; by default this writer's own, or else the built-in ones.

    Raises:
        WeightsError: the file cannot be read, or holds something else.
    """
    file = own_path() if path is None else Path(path)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        if path is None:
            return DEFAULT
        raise WeightsError("weights_absent", path=path) from None
    except OSError as error:
        raise WeightsError("weights_unreadable", path=str(file), why=reason(error)) from None
    try:
        return _weights(json.loads(data))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise WeightsError("weights_bad", path=str(file)) from None


def weights_json(weights: Weights, **learned: Any) -> bytes:
    """Return the content of a weights file; ``learned``: how they were learned."""
    by_feature = {name: round(weights.by_feature.get(name, 0.0), 4) for name in FEATURES}
    record = {"format": FORMAT, "version": VERSION, "weights": by_feature, "learned": learned}
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _weights(record: Any) -> Weights:
    if (record["format"], record["version"]) != (FORMAT, VERSION):
        raise ValueError(record["format"])
    by_feature = {name: float(weight) for name, weight in record["weights"].items()}
    if not set(by_feature) <= set(FEATURES) or not all(map(math.isfinite, by_feature.values())):
        raise ValueError(by_feature)
    return DEFAULT._replace(by_feature=by_feature)
