"""Checks the output folder before the job begins."""

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

# Keys of dataset.json; data sets that agree in all of them are the same.
IDENTITY = ("format_version", "input", "options", "normalization")


def check_output(output: str, patterns: Sequence[str], files: Sequence[InputFile]) -> str:
    """Return the path of the output folder.

    Raises:
        UsageError: if the folder contains input files, or is inside an input folder.
    """
    if is_remote(output):
        return output.rstrip("/")
    target = Path(output).resolve()
    for pattern in patterns:
        folder = Path(pattern).resolve()
        if folder.is_dir() and (target == folder or folder in target.parents):
            raise UsageError(
                f"--output {output} is inside the input folder {pattern}, where the next run would "
                "read it as input; choose a folder elsewhere"
            )
    for file in files:
        if target in Path(file.path).parents:
            raise UsageError(
                f"--output {output} contains the input file {file.name}, which would be deleted; "
                "choose a folder elsewhere"
            )
    return str(target)


def find_complete(
    output: str, expected: Mapping[str, Any], overwrite: bool
) -> dict[str, Any] | None:
    """Return the manifest of the data set in the output folder, if a run would make the same.

    Args:
        output: the output folder.
        expected: the parts of dataset.json that make two data sets the same.
        overwrite: whether to replace the data set.

    Raises:
        JobError: if the folder contains anything else.
    """
    if os.path.isfile(output):
        raise JobError(f"--output {output} is a file; choose a folder")
    try:
        names = storage.names(output)
    except OSError as error:
        raise JobError(f"--output {output} cannot be used: {storage.reason(error)}") from error
    if not names:
        return None
    try:
        manifest = json.loads(storage.read(storage.join(output, MANIFEST)))
        identity = {key: manifest[key] for key in IDENTITY}
        promised = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise JobError(
            f"--output {output} contains files but no data set; choose a new or empty folder"
        ) from None
    if overwrite:
        return None
    if changed := _changes(identity, expected):
        raise JobError(
            f"--output {output} contains a data set made with {changed}; choose another folder, or "
            "replace the data set with --overwrite"
        )
    for name, facts in promised.items():
        if name not in names or storage.facts(storage.join(output, name)) != facts:
            raise JobError(
                f"--output {output} contains a damaged data set: {name} is missing or was changed; "
                "make the data set again with --overwrite"
            )
    return dict(manifest)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Describe how the settings of the old data set differ from the new ones."""
    changes = [
        f"another {key.replace('_', ' ')}"
        for key in IDENTITY
        if key != "options" and old[key] != new[key]
    ]
    options = {**new["options"], **old["options"]}
    changes += [
        f"--{name} {value}" if value else f"no --{name}"
        for name, value in options.items()
        if value != new["options"].get(name)
    ]
    return ", ".join(changes)


def identity(input_digest: str, files: int, options: object, rules: object) -> dict[str, object]:
    """Return the parts of dataset.json that make two data sets the same."""
    return {
        "format_version": FORMAT_VERSION,
        "input": {"files": files, "sha256": input_digest},
        "options": options,
        "normalization": rules,
    }
