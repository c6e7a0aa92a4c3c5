"""Versions of a model on disk, and which of them a policy asks for.

``<base_path>/<version>/`` with version a whole number, as in TensorFlow Serving's
``FileSystemStoragePathSource``; everything else in the folder is left alone, so a model
that is still being written beside (``.tmp-2``) is not seen.
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

# Size and time of change of every file of a version.
Fingerprint = tuple[tuple[str, int, int], ...]


def version_directories(base_path: Path) -> dict[int, Path]:
    """Return the directory of each version under ``base_path``.

    Raises:
        ServingError: NOT_FOUND if ``base_path`` is no folder that can be listed.
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
    """Return which of ``versions`` a ``ServableVersionPolicy`` wants served.

    Without a policy that is the highest one, as upstream.
    """
    match policy.WhichOneof("policy_choice"):
        case "all":
            return set(versions)
        case "specific":
            return set(versions) & set(policy.specific.versions)
        case _:
            return set(sorted(versions)[-max(policy.latest.num_versions, 1) :])


def check_servable(model: Any) -> None:
    """Find out early that a ``ModelConfig`` has nothing to serve.

    TensorFlow Serving waits for a first version instead; a demonstration or a typing error
    in a path is better served by an answer.

    Raises:
        ServingError: NOT_FOUND: no such folder, no version in it that the policy asks for,
            or none that is a SavedModel.
    """
    directories = version_directories(Path(model.base_path))
    aspired = aspired_versions(model.model_version_policy, directories)
    if not aspired:
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            f"model {model.name}: no version to serve in {model.base_path} (expected a folder "
            f"named by a number, such as {model.base_path}/1, that the version policy asks for)",
        )
    if not any(is_saved_model(directories[version]) for version in aspired):
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            f"model {model.name}: {directories[max(aspired)]} is not a SavedModel "
            "(it holds no saved_model.pb)",
        )


def is_saved_model(directory: Path) -> bool:
    """Tell whether ``directory`` holds a SavedModel, without reading it."""
    return any((directory / name).is_file() for name in SAVED_MODEL_FILES)


def fingerprint(directory: Path) -> Fingerprint:
    """Return what changes when somebody repairs or finishes copying a version."""
    found = []
    for path in sorted(directory.rglob("*")):
        try:
            stat = path.stat()
        except OSError:  # removed meanwhile
            continue
        found.append((str(path.relative_to(directory)), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
