"""Applies changes of the model configuration file while the server runs."""

import logging
from collections.abc import Callable
from typing import Any

from serving.config import model_config
from serving.error_log import ErrorLog
from serving.errors import ServingError

_log = logging.getLogger("serving")


class ModelConfigReloader:
    """Follows one ``ModelServerConfig`` file.

    TensorFlow Serving applies the file at every poll. Here it is applied only when it has
    changed, so a configuration sent by ``HandleReloadConfigRequest`` lasts until the next edit.
    """

    def __init__(self, path: str, applied: Any, apply: Callable[[Any], None]):
        """Take the configuration that the file held at start.

        Args:
            path: of the file.
            applied: the ``ModelServerConfig`` now in effect.
            apply: puts a ``ModelServerConfig`` into effect; raises ``ServingError``.
        """
        self._path = path
        self._applied = applied
        self._apply = apply
        self._error_log = ErrorLog()

    def poll(self) -> None:
        """Apply the file if it has changed; on failure, log why and retry at the next poll."""
        message = ""
        try:
            config = model_config.read(self._path)
            if config != self._applied:
                self._apply(config)
                self._applied = config
                _log.info("%s: changes applied", self._path)
        except ServingError as error:
            message = f"{error}; the previous configuration stays in effect"
        self._error_log.report("configuration", message)
