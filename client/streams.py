"""Standard input and output, the same on every system."""

import io
import sys


def prepare_input() -> None:
    """Read files and pipes as strict UTF-8, whatever the locale; a terminal keeps its encoding."""
    if sys.stdin is None:  # closed, as by ``<&-``
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]


def prepare_output() -> None:
    """Write UTF-8 and line feeds to files and pipes; a terminal keeps its encoding."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        else:
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
