"""The versions of one model: loads those that its policy selects, unloads the others.

As in TensorFlow Serving's ``AvailabilityPreservingPolicy``, an old version is unloaded only when
an aspired one is available, so a broken new version changes nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis import get_model_status_pb2

from serving import metrics
from serving.error_log import ErrorLog
from serving.errors import ServingError
from serving.models.base_path import Fingerprint, aspired_versions, fingerprint, version_folders
from serving.models.servable import Servable

State = get_model_status_pb2.ModelVersionStatus.State

# Loads and warms up a version: (model name, version, folder) -> servable; raises ServingError.
Loader = Callable[[str, int, Path], Servable]

_log = logging.getLogger("serving")


@dataclass
class VersionStatus:
    """The state of one version; ``state`` is a ``ModelVersionStatus.State``."""

    version: int
    state: int
    error: ServingError | None = None
    servable: Servable | None = None
    fingerprint: Fingerprint = ()


class ModelVersions:
    """All versions of one model that this process has seen.

    ``synchronise`` and ``unload_all`` are for one thread at a time; all else is thread-safe.
    """

    def __init__(self, config: Any, loader: Loader):
        self.config = config
        self._loader = loader
        self._lock = threading.Lock()
        self._statuses: dict[int, VersionStatus] = {}
        self._error_log = ErrorLog()

    def synchronise(self) -> None:
        """Load and unload versions to match the base path and the policy.

        Raises:
            ServingError: the base path cannot be listed. A version that fails to load is not
                an error here: it is logged, and its status holds the reason.
        """
        folders = version_folders(Path(self.config.base_path))
        aspired = aspired_versions(self.config.model_version_policy, folders)
        absent = sorted(set(self.config.model_version_policy.specific.versions) - aspired)
        self._error_log.report(
            f"model {self.config.name}",
            f"the version policy names versions {absent}, which are not in {self.config.base_path}"
            if absent
            else "",
        )
        for version in sorted(aspired, reverse=True):
            self._load(version, folders[version])
        available = set(self.available())
        if not aspired or aspired & available:
            for version in sorted(available - aspired):
                self._unload(version)

    def unload_all(self) -> None:
        """Unload each version once its running calls have ended."""
        for version in self.available():
            self._unload(version)

    def available(self) -> list[int]:
        """Return the available versions, lowest first."""
        return [status.version for status in self.statuses() if status.state == State.AVAILABLE]

    def statuses(self) -> list[VersionStatus]:
        """Return the status of every version seen, lowest first."""
        with self._lock:
            return [self._statuses[version] for version in sorted(self._statuses)]

    def acquire(self, version: int | None) -> Servable | None:
        """Return the servable of a version, or None if it is not available.

        It is not unloaded before the caller calls its ``release``.

        Args:
            version: None for the highest available one.
        """
        with self._lock:
            servables = {
                status.version: status.servable
                for status in self._statuses.values()
                if status.servable is not None
            }
            if version is None:
                version = max(servables, default=-1)
            servable = servables.get(version)
            if servable is not None:
                servable.acquire()
            return servable

    def is_loading(self, version: int | None) -> bool:
        """Return whether a version is being loaded; None for any version."""
        return any(
            status.state == State.LOADING and version in (None, status.version)
            for status in self.statuses()
        )

    def failure(self) -> ServingError:
        """Return why nothing is available: the error of the highest version that has one."""
        errors = [status.error for status in self.statuses() if status.error is not None]
        return (
            errors[-1]
            if errors
            else ServingError(
                grpc.StatusCode.NOT_FOUND,
                f"model {self.config.name}: no version in {self.config.base_path}",
            )
        )

    def _load(self, version: int, folder: Path) -> None:
        status = self._statuses.get(version)
        if status is not None and status.state == State.AVAILABLE:
            return
        found = fingerprint(folder)
        if status is not None and status.error is not None and status.fingerprint == found:
            return  # as broken as before: wait until its files change
        status = VersionStatus(version, State.LOADING, fingerprint=found)
        self._set(status)
        started = time.monotonic()
        try:
            servable = self._loader(self.config.name, version, folder)
        except ServingError as error:
            metrics.load_attempt_count.labels(str(folder), "fail").inc()
            self._set(VersionStatus(version, State.END, error=error, fingerprint=found))
            _log.error("model %s version %d not loaded: %s", self.config.name, version, error)
            return
        self._set(VersionStatus(version, State.AVAILABLE, servable=servable))
        seconds = time.monotonic() - started
        metrics.load_attempt_count.labels(str(folder), "success").inc()
        metrics.load_latency.labels(str(folder)).inc(seconds * 1e6)
        _log.info("model %s version %d loaded in %.1f s", self.config.name, version, seconds)

    def _unload(self, version: int) -> None:
        servable = self._statuses[version].servable
        assert servable is not None
        status = VersionStatus(version, State.UNLOADING)
        self._set(status)
        _log.info("model %s version %d unloading", self.config.name, version)

        def end() -> None:
            # Not by version number: that may have been loaded again by now.
            status.state = State.END

        servable.unload(end)

    def _set(self, status: VersionStatus) -> None:
        with self._lock:
            self._statuses[status.version] = status
