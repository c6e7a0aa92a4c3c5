"""The output folder: checked before the work."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import storage
from pipeline.errors import JobError, UsageError
from pipeline.reading.filesystems import is_remote
from pipeline.reading.inputs import InputFile
from pipeline.records import FORMAT_VERSION, MANIFEST

# What makes two data sets the same: all of it is in dataset.json.
IDENTITY = ("format_version", "input", "options", "normalization")


def check_place(output: str, patterns: Sequence[str], files: Sequence[InputFile]) -> str:
    """Returns the output folder's path.

    Raises:
        UsageError: if a data set cannot stand there.
    """
    if is_remote(output):
        return output.rstrip("/")
    place = Path(output).resolve()
    for pattern in patterns:
        folder = Path(pattern).resolve()
        if folder.is_dir() and (place == folder or folder in place.parents):
            raise UsageError(
                f"--output {output} is inside the input folder {pattern}, where a later run would "
                "read it as a novel; choose a folder elsewhere"
            )
    for file in files:
        if place in Path(file.path).parents:
            raise UsageError(
                f"--output {output} holds the input file {file.name}, and would be replaced; "
                "choose a folder elsewhere"
            )
    return str(place)


def find_complete(
    place: str, expected: Mapping[str, Any], overwrite: bool
) -> dict[str, Any] | None:
    """Returns the manifest of a complete data set that a run would only make again.

    Args:
        place: the output folder.
        expected: the parts of the manifest that make two data sets the same.
        overwrite: the user wants the data set there replaced.

    Raises:
        JobError: if something else stands there.
    """
    if os.path.isfile(place):
        raise JobError(f"--output {place} is a file; choose a folder")
    try:
        names = storage.names(place)
    except OSError as error:
        raise JobError(f"--output {place} cannot be used: {storage.reason(error)}") from error
    if not names:
        return None
    try:
        manifest = json.loads(storage.read(storage.join(place, MANIFEST)))
        identity = {key: manifest[key] for key in IDENTITY}
        promised = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise JobError(
            f"--output {place} holds other files and no data set; choose a new or empty folder"
        ) from None
    if overwrite:
        return None
    if changed := _changes(identity, expected):
        raise JobError(
            f"--output {place} holds a data set made with {changed}; choose another folder, or "
            "replace it with --overwrite"
        )
    for name, facts in promised.items():
        if name not in names or storage.facts(storage.join(place, name)) != facts:
            raise JobError(
                f"--output {place} holds a damaged data set: {name} is missing or changed; "
                "make it again with --overwrite"
            )
    return dict(manifest)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What an old data set was made with that is different now, in words."""
    changes = [f"another {key}" for key in IDENTITY if key != "options" and old[key] != new[key]]
    options = {**new["options"], **old["options"]}
    changes += [
        f"--{name} {value}" if value else f"no --{name}"
        for name, value in options.items()
        if value != new["options"].get(name)
    ]
    return ", ".join(changes)


def identity(input_digest: str, files: int, options: object, rules: object) -> dict[str, object]:
    """The parts of dataset.json that make two data sets the same."""
    return {
        "format_version": FORMAT_VERSION,
        "input": {"files": files, "sha256": input_digest},
        "options": options,
        "normalization": rules,
    }
