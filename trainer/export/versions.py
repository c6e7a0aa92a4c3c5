"""The versions of a model: folders with integer names below a server's model base path."""

from __future__ import annotations

from pathlib import Path

from trainer.configuration import TrainerError

SAVED_MODEL = "saved_model.pb"


def versions(base: Path) -> dict[int, Path]:
    """The version folders below ``base``, complete or not; none if ``base`` does not exist."""
    folders = (path for path in base.glob("*") if path.name.isdecimal() and path.is_dir())
    return {int(folder.name): folder for folder in folders}


def newest_version(folder: Path) -> Path:
    """The folder of the newest version below a base path, or ``folder`` if it is a version.

    Raises:
        TrainerError: there is no version, or the newest one is incomplete.
    """
    if (folder / SAVED_MODEL).is_file():
        return folder
    found = versions(folder)
    if not found:
        raise TrainerError(
            f"{folder} holds no exported model; give the folder that "
            "`python -m trainer.export --output` wrote"
        )
    newest = found[max(found)]
    if not (newest / SAVED_MODEL).is_file():
        raise TrainerError(f"{newest} is incomplete: {SAVED_MODEL} is missing; export it again")
    return newest
