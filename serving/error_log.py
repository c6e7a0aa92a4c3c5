"""Log what is wrong once, not at every poll: again only when it changes or comes back."""

import logging

_log = logging.getLogger("serving")


class ErrorLog:
    """Remembers the last complaint about each thing."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def report(self, about: str, message: str) -> None:
        """Log ``message`` unless it is the last one; an empty one says that all is well."""
        if message and message != self._last.get(about):
            _log.error("%s: %s", about, message)
        self._last[about] = message
