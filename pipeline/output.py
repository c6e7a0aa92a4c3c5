"""The output folder: checked before the work, and either absent or complete afterwards."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import JobError, UsageError
from pipeline.inputs import InputFile
from pipeline.records import FORMAT_VERSION, MANIFEST

# What makes two data sets the same: all of it is in dataset.json.
IDENTITY = ("format_version", "input", "options", "normalization")


def check_place(output: str, patterns: Sequence[str], files: Sequence[InputFile]) -> Path:
    """Returns the output folder's path.

    Raises:
        UsageError: if a data set cannot stand there.
    """
    if "://" in output:
        raise UsageError(f"--output {output}: must be a folder of this machine, or mounted on it")
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
    return place


def find_complete(
    place: Path, expected: Mapping[str, Any], overwrite: bool
) -> dict[str, Any] | None:
    """Returns the manifest of a complete data set that a run would only make again.

    Args:
        place: the output folder.
        expected: the parts of the manifest that make two data sets the same.
        overwrite: the user wants the data set there replaced.

    Raises:
        JobError: if something else stands there.
    """
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return None
    if not place.is_dir():
        raise JobError(f"--output {place} is a file; choose a folder")
    try:
        manifest = json.loads((place / MANIFEST).read_text("utf-8"))
        identity = {key: manifest[key] for key in IDENTITY}
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
    for name, facts in manifest["files"].items():
        if not (place / name).is_file() or file_facts(place / name) != facts:
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
        f"--{name} {value}" for name, value in options.items() if value != new["options"].get(name)
    ]
    return ", ".join(changes)


def file_facts(path: Path) -> dict[str, object]:
    """Size and checksum of a file, as dataset.json holds them."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def identity(input_digest: str, files: int, options: object, rules: object) -> dict[str, object]:
    """The parts of dataset.json that make two data sets the same."""
    return {
        "format_version": FORMAT_VERSION,
        "input": {"files": files, "sha256": input_digest},
        "options": options,
        "normalization": rules,
    }


@contextmanager
def written_beside(place: Path) -> Iterator[Path]:
    """Gives a temporary folder that takes the output's place if all goes well, else vanishes.

    Raises:
        JobError: if the folder cannot be made.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise JobError(f"--output {place} cannot be written: {error.strerror}") from error
    try:
        beside.chmod(0o777 & ~_umask())
        yield beside
        old = beside.with_name(beside.name + ".old")
        if place.exists():
            os.replace(place, old)
        os.replace(beside, place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise JobError(f"--output {place} cannot be written: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
