"""Do something again and again, in the background, until told to stop."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger("serving")


class PeriodicFunction:
    """Calls ``action`` every ``seconds``, counted from the end of the call before.

    Attributes:
        seconds: the pause.
    """

    def __init__(self, name: str, seconds: float, action: Callable[[], None]):
        self.seconds = seconds
        self._action = action
        self._stop = threading.Event()
        # A daemon: a model that takes minutes to load must not hold up the end of the process.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, with a first pause."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Call no more, and wait at most ``timeout`` seconds for a call that is running."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.wait(self.seconds):
            try:
                self._action()
            except Exception:  # one bad turn must not end all later ones
                _log.exception("%s failed", self._thread.name)
