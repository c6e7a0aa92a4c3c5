"""The versions of one model: load what its policy asks for, unload what it no longer does.

Availability comes first, as in TensorFlow Serving's ``AvailabilityPreservingPolicy``: an old
version goes only when a wanted one is there, so a broken new version changes nothing.
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
from serving.models.base_path import Fingerprint, aspired_versions, fingerprint, version_directories
from serving.models.servable import Servable

State = get_model_status_pb2.ModelVersionStatus.State

# Loads and warms up: (model name, version, directory) -> servable; raises ServingError.
Loader = Callable[[str, int, Path], Servable]

_log = logging.getLogger("serving")


@dataclass
class VersionStatus:
    """What became of one version; ``state`` is a ``ModelVersionStatus.State``."""

    version: int
    state: int
    error: ServingError | None = None
    servable: Servable | None = None
    fingerprint: Fingerprint = ()


class ModelVersions:
    """All versions of one model that this process has met.

    ``synchronise`` and ``unload_all`` are for one thread at a time; the rest is for any.
    """

    def __init__(self, config: Any, loader: Loader):
        self.config = config
        self._loader = loader
        self._lock = threading.Lock()
        self._statuses: dict[int, VersionStatus] = {}
        self._error_log = ErrorLog()

    def synchronise(self) -> None:
        """Make what is loaded follow the disk and the policy.

        Raises:
            ServingError: the base path cannot be listed. A version that cannot be loaded is
                no error here: it is logged, and its status says why.
        """
        directories = version_directories(Path(self.config.base_path))
        aspired = aspired_versions(self.config.model_version_policy, directories)
        absent = sorted(set(self.config.model_version_policy.specific.versions) - aspired)
        self._error_log.report(
            f"model {self.config.name}",
            f"the policy asks for versions {absent}, which are not in {self.config.base_path}"
            if absent
            else "",
        )
        for version in sorted(aspired, reverse=True):
            self._load(version, directories[version])
        available = set(self.available())
        if not aspired or aspired & available:
            for version in sorted(available - aspired):
                self._unload(version)

    def unload_all(self) -> None:
        """Unload every version as soon as its running calls end."""
        for version in self.available():
            self._unload(version)

    def available(self) -> list[int]:
        """Return the versions that answer calls, lowest first."""
        return [status.version for status in self.statuses() if status.state == State.AVAILABLE]

    def statuses(self) -> list[VersionStatus]:
        """Return the status of every version met, lowest first."""
        with self._lock:
            return [self._statuses[version] for version in sorted(self._statuses)]

    def acquire(self, version: int | None) -> Servable | None:
        """Return the servable to call, or None if it is not available.

        It cannot be unloaded until the caller calls its ``release``.

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
        """Tell whether a version is being loaded; None for any."""
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
                f"model {self.config.name}: no version left in {self.config.base_path}",
            )
        )

    def _load(self, version: int, directory: Path) -> None:
        status = self._statuses.get(version)
        if status is not None and status.state == State.AVAILABLE:
            return
        found = fingerprint(directory)
        if status is not None and status.error is not None and status.fingerprint == found:
            return  # broken as before: wait until somebody changes it
        status = VersionStatus(version, State.LOADING, fingerprint=found)
        self._set(status)
        started = time.monotonic()
        try:
            servable = self._loader(self.config.name, version, directory)
        except ServingError as error:
            metrics.load_attempt_count.labels(str(directory), "fail").inc()
            self._set(VersionStatus(version, State.END, error=error, fingerprint=found))
            _log.error("model %s version %d not loaded: %s", self.config.name, version, error)
            return
        self._set(VersionStatus(version, State.AVAILABLE, servable=servable))
        seconds = time.monotonic() - started
        metrics.load_attempt_count.labels(str(directory), "success").inc()
        metrics.load_latency.labels(str(directory)).inc(seconds * 1e6)
        _log.info("model %s version %d loaded in %.1f s", self.config.name, version, seconds)

    def _unload(self, version: int) -> None:
        servable = self._statuses[version].servable
        assert servable is not None
        status = VersionStatus(version, State.UNLOADING)
        self._set(status)
        _log.info("model %s version %d unloading", self.config.name, version)

        def end() -> None:
            status.state = State.END  # its record may be history: it may be loaded anew by now

        servable.unload(end)

    def _set(self, status: VersionStatus) -> None:
        with self._lock:
            self._statuses[status.version] = status
