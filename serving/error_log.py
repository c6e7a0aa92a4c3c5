"""Logs a recurring error once, not at every poll; again only if it changes or returns."""

import logging

_log = logging.getLogger("serving")


class ErrorLog:
    """Remembers the last error reported for each subject."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def report(self, subject: str, message: str) -> None:
        """Log ``message`` if it is new; an empty one clears the subject's error."""
        if message and message != self._last.get(subject):
            _log.error("%s: %s", subject, message)
        self._last[subject] = message
