"""Puts a data set in its place whole or not at all, whatever happens meanwhile.

Everything is written into a hidden folder beside the output, which then takes the output's place.
A job that is killed leaves that folder behind, and the next job removes it. A lock tells a dead job
from one that is still at work: the system takes it back when a process ends, however it ends.

A bucket has neither locks nor folders to rename. There the files move one by one, and dataset.json
last, so that it still says whether a data set is complete.
"""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners
from apache_beam.io.filesystems import FileSystems

from pipeline import storage
from pipeline.errors import JobError
from pipeline.reading.filesystems import is_remote
from pipeline.records import MANIFEST

# How hidden names beside the output end.
_UNFINISHED, _OLD, _LOCK = ".unfinished", ".old", ".lock"


@contextmanager
def locked(place: str) -> Iterator[None]:
    """Keeps an output folder to this job, and clears away what dead jobs left beside it.

    Raises:
        JobError: if another job is at work there, or the folder cannot be made.
    """
    if is_remote(place):
        yield
        return
    folder = Path(place)
    path = folder.with_name(f".{folder.name}{_LOCK}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _acquire(path)
    except OSError as error:
        raise _unwritable(place, error) from error
    if lock is None:
        raise JobError(
            f"--output {place}: another job is writing there; wait for it or choose another folder"
        )
    try:
        _clear(folder)
        yield
    finally:
        path.unlink(missing_ok=True)  # still locked, so that nobody else holds this file
        lock.release()


@contextmanager
def unfinished(place: str) -> Iterator[str]:
    """Gives a new folder beside the output, which vanishes in the end unless it was published.

    Raises:
        JobError: if it cannot be made.
    """
    if is_remote(place):
        beside = f"{place.rstrip('/')}.{uuid.uuid4().hex}{_UNFINISHED}"
        try:
            yield beside
        finally:
            _delete_remote(beside)
        return
    folder = Path(place)
    try:
        beside = tempfile.mkdtemp(_UNFINISHED, f".{folder.name}.", folder.parent)
        os.chmod(beside, 0o777 & ~_umask())
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def publish(beside: str, place: str) -> None:
    """Gives a finished folder the output's place; a data set that stood there goes.

    Raises:
        JobError: if that fails.
    """
    try:
        if is_remote(place):
            _move_remote(beside, place)
        else:
            _replace(Path(beside), Path(place))
    except OSError as error:
        raise _unwritable(place, error) from error


def _acquire(path: Path) -> fasteners.InterProcessLock | None:
    """Returns the lock, or None if another process has it."""
    while True:
        lock = fasteners.InterProcessLock(path)
        if not lock.acquire(blocking=False):
            return None
        # The job that had it before may have removed the file after we opened it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.lockfile.fileno()), path.stat()):
                return lock
        lock.release()


def _clear(folder: Path) -> None:
    """Removes what dead jobs left; what one of them had just replaced comes back."""
    old = folder.with_name(f".{folder.name}{_OLD}")
    if old.exists() and not folder.exists():
        old.rename(folder)
    begin = f".{folder.name}."
    for path in folder.parent.iterdir():
        if path == old or (path.name.startswith(begin) and path.name.endswith(_UNFINISHED)):
            shutil.rmtree(path, ignore_errors=True)


def _replace(beside: Path, place: Path) -> None:
    old = place.with_name(f".{place.name}{_OLD}")
    if place.exists():
        place.rename(old)
    beside.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _move_remote(beside: str, place: str) -> None:
    _delete_remote(place)
    with contextlib.suppress(OSError):
        FileSystems.mkdirs(place)  # where there are folders; it may exist
    names = storage.names(beside)
    storage.move([name for name in names if name != MANIFEST], beside, place)
    storage.move([MANIFEST], beside, place)


def _delete_remote(folder: str) -> None:
    names = storage.names(folder)
    storage.delete([name for name in names if name == MANIFEST], folder)
    storage.delete([name for name in names if name != MANIFEST], folder)
    with contextlib.suppress(OSError):
        FileSystems.delete([folder])  # where there are folders


def _unwritable(place: str, error: OSError) -> JobError:
    return JobError(f"--output {place} cannot be written: {storage.reason(error)}")


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
