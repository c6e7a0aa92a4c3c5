"""Named configurations; each module states its command, time and result."""

from __future__ import annotations

import importlib
from typing import Any

NAMES = ("tiny", "small", "base", "large")


def load(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A preset's settings of the model, without its vocabulary, and of training."""
    module = importlib.import_module(f"{__name__}.{name}")
    return dict(module.MODEL), dict(module.TRAINING)
