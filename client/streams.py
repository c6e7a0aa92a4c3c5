"""Standard input and output, the same on every system."""

import io
import os
import sys


def prepare_input() -> None:
    """Read files and pipes as strict UTF-8, whatever the locale; a terminal keeps its encoding."""
    if sys.stdin is None:  # closed, as by ``<&-``
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]


def prepare_output() -> None:
    """Write UTF-8 and line feeds to files and pipes; a terminal keeps its encoding."""
    open_closed_output()
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        else:
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]


def open_closed_output() -> None:
    """Discard what is written to a standard stream that is closed, as by ``>&-``."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8"))


def discard_output() -> None:
    """Discard the rest of the output, whose reader, such as ``head``, is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
