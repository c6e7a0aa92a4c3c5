"""The lock that allows one session per story: an empty file beside it, ``.이야기.txt.lock``.

The operating system holds the lock (``flock``, on Windows ``LockFileEx``), so it is released with
its process, however that ends. It is not on the journal itself, because Windows would then refuse
to read the journal, as ``client.export`` does while the story is open. A session removes the file
at its end; one left by a killed process locks nothing and is reused. The name keeps the story's
spelling: whether two spellings (letter case, NFC and NFD) are one file is up to the file system, as
it is for the story. It is shorter than the journal's name, so it fits wherever that does.

Why filelock: it locks a file descriptor, so that a second session in the same process is refused,
too; fasteners' locks belong to the process on POSIX.
"""

import os
from pathlib import Path

from filelock import lock_descriptor


class LockedError(Exception):
    """Another session holds the lock."""


class StoryLock:
    """A lock that is held until ``release``."""

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        """Take the lock on ``path``; a new file gets the permissions ``mode`` less the umask.

        Raises:
            LockedError: another session holds it.
            OSError: the file cannot be opened, or the file system has no locks.
        """
        self._path = path
        self._mode = mode
        self._fd = _lock(path, mode)

    def renew(self) -> None:
        """Take the lock again if its file was deleted, which lets other sessions in.

        Raises:
            LockedError: another session has taken it meanwhile.
            OSError: the file cannot be opened.
        """
        if not _has_name(self._fd):
            fd = _lock(self._path, self._mode)
            os.close(self._fd)
            self._fd = fd

    def release(self) -> None:
        """Remove the file and release the lock."""
        named = _has_name(self._fd)
        # While it is locked: whoever locks it next sees that it has no name any more.
        removed = named and _remove(self._path)
        os.close(self._fd)
        if named and not removed:  # Windows removes no open file, not even another session's
            _remove(self._path)


def lock_path(story: Path) -> Path:
    """Return the path of a story's lock file."""
    return story.with_name(f".{story.name}.lock")


def _lock(path: Path, mode: int) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, mode)
        try:
            if not lock_descriptor(fd, blocking=False):
                raise LockedError(path)
            if _has_name(fd):  # not removed between the two calls
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _has_name(fd: int) -> bool:
    """Return whether an open file still has a name, that is, was not deleted."""
    return os.fstat(fd).st_nlink > 0


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
