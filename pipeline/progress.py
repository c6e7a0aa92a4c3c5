"""Shows the job's progress on stderr while a Beam runner occupies the main thread.

Each stage counts what it finishes, twice: in Beam's metrics, which every runner collects, and
directly for the display. Workers in this process share the counts; worker processes on this machine
send theirs to a local UDP port, which an environment variable names. For workers on a cluster
Beam's metrics are shown, if the runner reports them while the job runs.
"""

import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from apache_beam.metrics import Metrics
from tqdm import tqdm

# Counts that are shown with a total, a share or a rate.
FILES, ALL, SPLIT, SENTENCES = "files read", "characters", "characters split", "sentences"
REJECTIONS = "rejected"  # prefix of counts that are shown as their sum

_NAMESPACE = "pipeline"  # of Beam's metrics
_PORT = "SOSEOL_PROGRESS_PORT"  # environment variable of workers on this machine
_LOG_INTERVAL = 10.0  # seconds between two lines of a log
_REFRESH = 0.25  # seconds

# In the order of the stages: a key is added with its first count.
_counts: Counter[str] = Counter()
_lock = threading.Lock()
_shown = threading.Event()  # set while this process shows progress


def count(what: str, number: int = 1) -> None:
    """Add to a count; called by the workers."""
    Metrics.counter(_NAMESPACE, what.replace(" ", "_")).inc(number)
    if _shown.is_set():
        with _lock:
            _counts[what] += number
    elif port := os.environ.get(_PORT):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(f"{number} {what}".encode(), ("127.0.0.1", int(port)))


def metrics(result: object) -> dict[str, int]:
    """Return the job's counts from Beam's metrics; empty if the runner does not report them."""
    found: Counter[str] = Counter()
    try:
        for counter in result.metrics().query()["counters"]:  # type: ignore[attr-defined]
            if counter.key.metric.namespace == _NAMESPACE:
                found[counter.key.metric.name.replace("_", " ")] += counter.result
    except Exception:  # a job must not fail for its progress display, whatever a runner raises
        return {}
    return dict(found)


class Progress:
    """Shows counts on stderr: one changing line on a terminal, otherwise a log.

    Args:
        files: number of input files.
    """

    def __init__(self, files: int) -> None:
        self._files = files
        self._result: object = None
        self._began: float | None = None  # when the first text was ready for splitting
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._bar = tqdm(bar_format="{desc} [{elapsed}]") if sys.stderr.isatty() else None
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __enter__(self) -> "Progress":
        self._receiver.bind(("127.0.0.1", 0))
        self._receiver.settimeout(_REFRESH)
        os.environ[_PORT] = str(self._receiver.getsockname()[1])
        with _lock:
            _counts.clear()
        _shown.set()
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
        _shown.clear()
        del os.environ[_PORT]
        self._receiver.close()
        if self._bar is not None:
            self._bar.close()

    def watch(self, result: object) -> None:
        """Take the counts of a job that runs elsewhere from its metrics."""
        self._result = result

    def _show(self) -> None:
        stages, shown, last = 0, time.monotonic(), ""
        while not self._done.is_set():
            self._receive()
            line, number = self._line()
            if self._bar is not None:
                self._bar.set_description_str(line)
            elif line != last and (stages != number or time.monotonic() - shown >= _LOG_INTERVAL):
                print(line, file=sys.stderr, flush=True)
                stages, shown, last = number, time.monotonic(), line
        line, _ = self._line()
        if self._bar is None and line != last:
            print(line, file=sys.stderr, flush=True)

    def _receive(self) -> None:
        """Receive the counts of worker processes, until the next refresh."""
        until = time.monotonic() + _REFRESH
        while time.monotonic() < until and not self._done.is_set():
            try:
                number, what = self._receiver.recv(1024).decode().split(" ", 1)
            except TimeoutError:
                return
            with _lock:
                _counts[what] += int(number)

    def _line(self) -> tuple[str, int]:
        """Return the line to show, and how many counts are in it."""
        counts = self._counts()
        if self._began is None and ALL in counts:
            self._began = time.monotonic()
        passed = time.monotonic() - (self._began or time.monotonic())
        parts = [self._part(what, counts, passed) for what in counts if what != ALL]
        return " · ".join(parts), len(parts)

    def _counts(self) -> Mapping[str, int]:
        with _lock:
            counts = dict(_counts)
        if not counts or self._done.is_set():
            counts.update(metrics(self._result))  # complete, while UDP packets may be lost
        rejected = [what for what in counts if what.startswith(REJECTIONS)]
        shown = {what: number for what, number in counts.items() if what not in rejected}
        return shown | {REJECTIONS: sum(counts[what] for what in rejected)} if rejected else shown

    def _part(self, what: str, counts: Mapping[str, int], passed: float) -> str:
        number = counts[what]
        if what == FILES:
            return f"{what} {number:,} of {self._files:,}"
        if what == SPLIT and ALL in counts:
            share = min(1.0, number / counts[ALL])
            left = f", {passed * (1 / share - 1):.0f} s left" if share < 1 else ""
            return f"split into sentences {share:.0%}{left}"
        if what == SENTENCES and counts.get(SPLIT, 0) < counts.get(ALL, 0):
            return f"{what} {number:,}, {number / max(passed, 1):,.0f} per second"
        return f"{what} {number:,}"
