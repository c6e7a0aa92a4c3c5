"""Versions of a model under its base path, and which of them a version policy selects.

As in TensorFlow Serving's ``FileSystemStoragePathSource``, a version is a folder
``<base_path>/<version>/`` named by a whole number. Everything else in the base path is ignored,
such as a version that is still being written (``.tmp-2``).
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc

from serving.errors import ServingError

_VERSION = re.compile(r"[0-9]+")
_MAX_VERSION = 2**63 - 1  # int64 on the wire
SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")

# Path, size and modification time of every file of a version.
Fingerprint = tuple[tuple[str, int, int], ...]


def version_folders(base_path: Path) -> dict[int, Path]:
    """Return the folder of each version under ``base_path``.

    Raises:
        ServingError: NOT_FOUND if ``base_path`` cannot be listed.
    """
    try:
        children = sorted(base_path.iterdir())
    except OSError as error:
        raise ServingError(
            grpc.StatusCode.NOT_FOUND, f"base path {base_path}: {error.strerror}"
        ) from None
    return {
        int(child.name): child
        for child in children
        if _VERSION.fullmatch(child.name) and int(child.name) <= _MAX_VERSION and child.is_dir()
    }


def aspired_versions(policy: Any, versions: Iterable[int]) -> set[int]:
    """Return those of ``versions`` that a ``ServableVersionPolicy`` selects.

    Without a policy, the highest one, as upstream.
    """
    match policy.WhichOneof("policy_choice"):
        case "all":
            return set(versions)
        case "specific":
            return set(versions) & set(policy.specific.versions)
        case _:
            return set(sorted(versions)[-max(policy.latest.num_versions, 1) :])


def check_servable(model: Any) -> None:
    """Check early that a ``ModelConfig`` has a version to serve.

    TensorFlow Serving waits for a first version instead; in a demonstration or after a
    mistyped path, an error is more useful.

    Raises:
        ServingError: NOT_FOUND if there is no such folder, no version in it that the policy
            selects, or none of these is a SavedModel.
    """
    folders = version_folders(Path(model.base_path))
    aspired = aspired_versions(model.model_version_policy, folders)
    if not aspired:
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            f"model {model.name}: no version to serve in {model.base_path} (expected a folder "
            f"named by a number, such as {model.base_path}/1, that the version policy selects)",
        )
    if not any(is_saved_model(folders[version]) for version in aspired):
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            f"model {model.name}: {folders[max(aspired)]} is not a SavedModel (no saved_model.pb)",
        )


def is_saved_model(folder: Path) -> bool:
    """Return whether ``folder`` holds a SavedModel, without reading it."""
    return any((folder / name).is_file() for name in SAVED_MODEL_FILES)


def fingerprint(folder: Path) -> Fingerprint:
    """Return a value that changes when a version's files do, for example when a copy ends."""
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            stat = path.stat()
        except OSError:  # removed in the meantime
            continue
        found.append((str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
