"""The command line that all benchmarks share: ``--record``, and types of number arguments.

``benchmarks/results/NAME.md`` holds the last recorded run of a benchmark: its command, the machine
and what it printed. The section "Notes" is written by hand; recording keeps it.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import os
import platform
import shlex
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TextIO

RESULTS = Path(__file__).parent / "results"
NOTES = "\n## Notes\n"


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return an argument parser with ``--record``.

    Args:
        description: the benchmark's docstring; ``--help`` shows its first line.
    """
    made = argparse.ArgumentParser(description=inspect.cleandoc(description or "").split("\n")[0])
    made.add_argument(
        "--record", action="store_true", help="write the results to benchmarks/results/"
    )
    return made


def run(main: Callable[[], int | None]) -> int:
    """Run a benchmark and, with ``--record``, write its results if it succeeds.

    Returns:
        The exit code.
    """
    if "--record" not in sys.argv[1:]:
        return main() or 0
    printed = io.StringIO()
    with contextlib.redirect_stdout(_Tee(sys.stdout, printed)):  # type: ignore[type-var]
        code = main() or 0
    if code == 0:
        name = Path(main.__code__.co_filename).stem
        about = inspect.getdoc(inspect.getmodule(main)) or ""
        arguments = [word for word in sys.argv[1:] if word != "--record"]
        write(RESULTS / f"{name}.md", name, about, arguments, printed.getvalue())
    return code


def write(path: Path, name: str, about: str, arguments: list[str], printed: str) -> None:
    """Write a file of results and keep the notes of the old one."""
    old = path.read_text("utf-8") if path.exists() else ""
    notes = old[old.index(NOTES) :] if NOTES in old else ""
    command = shlex.join(["python", "-m", f"benchmarks.{name}", *arguments])
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"# {name}\n\n{about.splitlines()[0] if about else ''}\n\n```sh\n{command}\n```\n\n"
        f"Measured on {date.today()}: {_machine()}.\n\n"
        f"```text\n{printed.strip(chr(10))}\n```\n{notes}",
        encoding="utf-8",
    )
    print(f"{name}: results written to {path}", file=sys.stderr)


def _machine() -> str:
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    cores = os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{cores} cores of {processor}, Python {platform.python_version()}{load}"


class _Tee(io.TextIOBase):
    def __init__(self, *streams: TextIO):
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()
