"""Shows how far the job is, while a Beam runner has the main thread.

The steps of the job count what they finish; a thread shows the counts. Counts reach the screen
when the workers are in this process, as they are by default; a cluster shows its own progress.
"""

import sys
import threading
from collections import Counter
from types import TracebackType

from tqdm import tqdm

_counts: Counter[str] = (
    Counter()
)  # in the order of the steps, since a key comes with its first count
_lock = threading.Lock()
_EVERY_SECONDS = 10.0  # between two lines of a log


def count(what: str, number: int = 1) -> None:
    """Adds to the count of a step; called by the workers."""
    with _lock:
        _counts[what] += number


class Progress:
    """Shows counts on stderr while it is open: one changing line on a terminal, else a log."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._bar = tqdm(bar_format="{desc} [{elapsed}]") if sys.stderr.isatty() else None

    def __enter__(self) -> "Progress":
        with _lock:
            _counts.clear()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        if self._bar is not None:
            self._bar.close()

    def _show(self) -> None:
        steps, waited, said = 0, 0.0, ""
        while not (done := self._done.wait(0.25)):
            waited += 0.25
            line = self._line()
            if self._bar is not None:
                self._bar.set_description_str(line)
            elif line != said and (steps != len(_counts) or waited >= _EVERY_SECONDS):
                print(line, file=sys.stderr, flush=True)
                steps, waited, said = len(_counts), 0.0, line
        if done and self._bar is None and (line := self._line()) != said:
            print(line, file=sys.stderr, flush=True)

    @staticmethod
    def _line() -> str:
        with _lock:
            return " · ".join(f"{what} {number:,}" for what, number in _counts.items())
