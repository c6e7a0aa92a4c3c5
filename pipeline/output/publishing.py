"""Publishes a data set atomically: complete, or not at all.

Files are written to a hidden staging folder beside the output, which then replaces the output. A
killed job leaves its staging folder behind, and the next job removes it. A file lock distinguishes
a dead job from a running one: the operating system releases it however the process ends.

Buckets have neither locks nor folders to rename. There the files are moved one by one, dataset.json
last, so that its presence still means that the data set is complete.
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

# Suffixes of the hidden names beside the output.
_UNFINISHED, _OLD, _LOCK = ".unfinished", ".old", ".lock"


@contextmanager
def locked(output: str) -> Iterator[None]:
    """Lock an output folder for this job, and remove what dead jobs left beside it.

    Raises:
        JobError: if another job holds the lock, or the folder cannot be created.
    """
    if is_remote(output):
        yield
        return
    folder = Path(output)
    path = folder.with_name(f".{folder.name}{_LOCK}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _acquire(path)
    except OSError as error:
        raise _unwritable(output, error) from error
    if lock is None:
        raise JobError(
            f"--output {output}: another job is writing to this folder; wait for it to end, or "
            "choose another folder"
        )
    try:
        _clear(folder)
        yield
    finally:
        path.unlink(missing_ok=True)  # while still locked, so that no other job holds this file
        lock.release()


@contextmanager
def staging_folder(output: str) -> Iterator[str]:
    """Create a folder beside the output, and remove it in the end unless it was published.

    Raises:
        JobError: if it cannot be created.
    """
    if is_remote(output):
        staging = f"{output.rstrip('/')}.{uuid.uuid4().hex}{_UNFINISHED}"
        try:
            yield staging
        finally:
            _delete_remote(staging)
        return
    folder = Path(output)
    try:
        staging = tempfile.mkdtemp(_UNFINISHED, f".{folder.name}.", folder.parent)
        os.chmod(staging, 0o777 & ~_umask())
    except OSError as error:
        raise _unwritable(output, error) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def publish(staging: str, output: str) -> None:
    """Replace the output, and any data set in it, by the staging folder.

    Raises:
        JobError: if that fails.
    """
    try:
        if is_remote(output):
            _move_remote(staging, output)
        else:
            _replace(Path(staging), Path(output))
    except OSError as error:
        raise _unwritable(output, error) from error


def _acquire(path: Path) -> fasteners.InterProcessLock | None:
    """Return the lock, or None if another process holds it."""
    while True:
        lock = fasteners.InterProcessLock(path)
        if not lock.acquire(blocking=False):
            return None
        # The previous holder may have removed the file after we opened it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.lockfile.fileno()), path.stat()):
                return lock
        lock.release()


def _clear(folder: Path) -> None:
    """Remove what dead jobs left; restore a data set that one of them was about to replace."""
    old = folder.with_name(f".{folder.name}{_OLD}")
    if old.exists() and not folder.exists():
        old.rename(folder)
    begin = f".{folder.name}."
    for path in folder.parent.iterdir():
        if path == old or (path.name.startswith(begin) and path.name.endswith(_UNFINISHED)):
            shutil.rmtree(path, ignore_errors=True)


def _replace(staging: Path, output: Path) -> None:
    old = output.with_name(f".{output.name}{_OLD}")
    if output.exists():
        output.rename(old)
    staging.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def _move_remote(staging: str, output: str) -> None:
    _delete_remote(output)
    with contextlib.suppress(OSError):
        FileSystems.mkdirs(output)  # where folders exist; it may be there already
    names = storage.names(staging)
    storage.move([name for name in names if name != MANIFEST], staging, output)
    storage.move([MANIFEST], staging, output)


def _delete_remote(folder: str) -> None:
    names = storage.names(folder)
    storage.delete([name for name in names if name == MANIFEST], folder)
    storage.delete([name for name in names if name != MANIFEST], folder)
    with contextlib.suppress(OSError):
        FileSystems.delete([folder])  # where folders exist


def _unwritable(output: str, error: OSError) -> JobError:
    return JobError(f"--output {output} cannot be written: {storage.reason(error)}")


def _umask() -> int:
    """Return the file mode mask of this process, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
