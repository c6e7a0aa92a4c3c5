"""The model configuration file while the server runs: apply it when somebody changes it."""

import logging
from collections.abc import Callable
from typing import Any

from serving.config import model_config
from serving.error_log import ErrorLog
from serving.errors import ServingError

_log = logging.getLogger("serving")


class ModelConfigReloader:
    """Follows one file.

    TensorFlow Serving applies the file at every poll; here only a changed one is applied, so
    that a configuration sent by ``HandleReloadConfigRequest`` stays until the next edit.
    """

    def __init__(self, path: str, applied: Any, apply: Callable[[Any], None]):
        self._path = path
        self._applied = applied
        self._apply = apply
        self._error_log = ErrorLog()

    def poll(self) -> None:
        """Apply the file if it has changed; if that fails, log why and try again next time."""
        complaint = ""
        try:
            config = model_config.read(self._path)
            if config != self._applied:
                self._apply(config)
                self._applied = config
                _log.info("%s: changes applied", self._path)
        except ServingError as error:
            complaint = f"{error}; the configuration before stays in effect"
        self._error_log.report("configuration", complaint)
