"""Writes pictures: PNG, without a display, the same bytes for the same figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save(figure: Any, path: Path) -> None:
    """Write a matplotlib figure beside ``path`` and rename it into place.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(path.name + ".tmp")
    # matplotlib would put its version into the file.
    figure.savefig(beside, format="png", dpi=100, metadata={"Software": None})
    beside.replace(path)
