"""Runs a function periodically in a background thread."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger("serving")


class PeriodicFunction:
    """Calls ``function`` every ``seconds``, measured from the end of the previous call.

    Attributes:
        seconds: the interval.
    """

    def __init__(self, name: str, seconds: float, function: Callable[[], None]):
        self.seconds = seconds
        self._function = function
        self._stop = threading.Event()
        # A daemon: a model that takes minutes to load must not delay the end of the process.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; the first call comes after one interval."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Make no further calls, and wait up to ``timeout`` seconds for a running one."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.wait(self.seconds):
            try:
                self._function()
            except Exception:  # one failed call must not prevent the next
                _log.exception("%s failed", self._thread.name)
