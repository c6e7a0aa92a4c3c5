"""All models of the server: which version serves a request, and configuration changes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from serving.config import model_config
from serving.error_log import ErrorLog
from serving.errors import ServingError, invalid_argument
from serving.models.base_path import check_servable
from serving.models.servable import Servable
from serving.models.versions import Loader, ModelVersions, VersionStatus


class ModelManager:
    """Models by name, and labels of their versions.

    Changes (``apply``, ``poll``) exclude each other, but no request waits for one: a version
    loads while the others serve.
    """

    def __init__(self, loader: Loader, allow_version_labels_for_unavailable_models: bool = False):
        self._loader = loader
        self._allow_unavailable = allow_version_labels_for_unavailable_models
        self._changing = threading.Lock()
        self._models: dict[str, ModelVersions] = {}  # replaced, never mutated
        self._labels: dict[str, dict[str, int]] = {}  # likewise; model -> label -> version
        self._error_log = ErrorLog()

    def apply(self, config: Any) -> None:
        """Serve exactly the models of a ``ModelServerConfig``, and return once they are loaded.

        New models load before anything else changes; if one fails to, nothing changes.

        Raises:
            ServingError: INVALID_ARGUMENT for a configuration that ``model_config.check``
                rejects, FAILED_PRECONDITION for a label on a version that is not loaded, or
                the error that prevented a new model from loading.
        """
        model_config.check(config)
        with self._changing:
            labels = self._check_labels(config)
            models = {}
            for entry in config.model_config_list.config:
                known = self._models.get(entry.name)
                if known is not None and known.config.base_path == entry.base_path:
                    models[entry.name] = known
                else:
                    models[entry.name] = ModelVersions(entry, self._loader)
            new = [model for name, model in models.items() if model is not self._models.get(name)]
            _load_new(new)
            replaced = [
                model for name, model in self._models.items() if model is not models.get(name)
            ]
            self._models, self._labels = models, labels
            for model in replaced:
                model.unload_all()
            for entry in config.model_config_list.config:
                models[entry.name].config = entry
            self._synchronise()

    def poll(self) -> None:
        """Check every model for added and removed versions."""
        with self._changing:
            self._synchronise()

    def available(self) -> dict[str, list[int]]:
        """Return the available versions of each model, lowest first."""
        return {name: model.available() for name, model in self._models.items()}

    @contextmanager
    def servable_handle(self, spec: Any) -> Iterator[Servable]:
        """Hold the version that a ``ModelSpec`` names for the length of one call.

        Raises:
            ServingError: INVALID_ARGUMENT without a name or for an unknown label, NOT_FOUND
                for an unknown model or version, UNAVAILABLE for one that is being loaded.
        """
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = self._version(spec)
        model = self._models.get(spec.name)
        servable = model.acquire(version) if model is not None else None
        if servable is None:
            wanted = (
                f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
            )
            if model is not None and model.is_loading(version):
                raise ServingError(
                    grpc.StatusCode.UNAVAILABLE, f"Servable is being loaded: {wanted}; try again"
                )
            raise ServingError(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {wanted}"
            )
        try:
            yield servable
        finally:
            servable.release()

    def statuses(self, spec: Any) -> list[VersionStatus]:
        """Return the status of the versions that a ``ModelSpec`` names: one, or all.

        Raises:
            ServingError: NOT_FOUND for an unknown model or version, INVALID_ARGUMENT for an
                unknown label.
        """
        version = self._version(spec)
        model = self._models.get(spec.name)
        statuses = model.statuses() if model is not None else []
        if version is not None:
            statuses = [status for status in statuses if status.version == version]
        if not statuses:
            what = "any versions" if version is None else f"version {version}"
            raise ServingError(
                grpc.StatusCode.NOT_FOUND, f"Could not find {what} of model {spec.name}"
            )
        return statuses

    def _version(self, spec: Any) -> int | None:
        match spec.WhichOneof("version_choice"):
            case "version":
                return spec.version.value
            case "version_label":
                try:
                    return self._labels[spec.name][spec.version_label]
                except KeyError:
                    raise invalid_argument(
                        f"Unrecognized servable version label: {spec.version_label}"
                    ) from None
            case _:
                return None

    def _check_labels(self, config: Any) -> dict[str, dict[str, int]]:
        """Return the labels of a configuration, if all of them may be assigned now.

        A label may move only to a loaded version, because calls follow it at once. With
        ``--allow_version_labels_for_unavailable_models``, a label not in use may name any
        version (``ServerCore::UpdateModelVersionLabelMap``).
        """
        available = self.available()
        labels: dict[str, dict[str, int]] = {}
        for entry in config.model_config_list.config:
            for label, version in entry.version_labels.items():
                moves = self._labels.get(entry.name, {}).get(label, version) != version
                if version not in available.get(entry.name, []) and (
                    moves or not self._allow_unavailable
                ):
                    raise ServingError(
                        grpc.StatusCode.FAILED_PRECONDITION,
                        f"Request to assign label {label} to version {version} of model "
                        f"{entry.name}, which is not currently available for inference "
                        "(load it first; a label not yet in use is also allowed with "
                        "--allow_version_labels_for_unavailable_models)",
                    )
                labels.setdefault(entry.name, {})[label] = version
        return labels

    def _synchronise(self) -> None:
        for name, model in self._models.items():
            message = ""
            try:
                model.synchronise()
            except ServingError as error:
                message = f"{error}; loaded versions stay in service"
            self._error_log.report(f"model {name}", message)


def _load_new(models: list[ModelVersions]) -> None:
    """Load models that are not served yet; if one has no version that loads, unload them all."""
    try:
        for model in models:
            check_servable(model.config)
            model.synchronise()
            if not model.available():
                raise model.failure()
    except ServingError:
        for model in models:
            model.unload_all()
        raise
