"""Writes matplotlib figures as PNG, without a display and with reproducible bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_png(figure: Any, path: Path) -> None:
    """Write a matplotlib figure atomically.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(path.name + ".tmp")
    # By default matplotlib records its version in the file.
    figure.savefig(beside, format="png", dpi=100, metadata={"Software": None})
    beside.replace(path)
