"""The lock that keeps a story to one session: an empty file beside it, ``.이야기.txt.lock``.

The operating system holds the lock (``flock``, on Windows ``LockFileEx``), so it ends with its
process, however that ends. It is not on the journal itself, because Windows would then let nobody
read the journal, which ``client.export`` does while the story is open. A session removes the file
when it ends; one that was left by a killed process locks nothing and is reused. The name is shorter
than the journal's, and is made of the story's name as it is spelled: whether two spellings (letter
case, NFC and NFD) are one file is up to the file system, as it is for the story.

Why filelock: it locks a descriptor, so that a second session in the same process is refused as
well; the locks of fasteners belong to the process on POSIX.
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
        """Take the lock again if somebody deleted its file, which lets other sessions in.

        Raises:
            LockedError: another session was faster.
            OSError: the file cannot be opened.
        """
        if not _has_name(self._fd):
            fd = _lock(self._path, self._mode)
            os.close(self._fd)
            self._fd = fd

    def release(self) -> None:
        """Remove the file and let go of the lock."""
        named = _has_name(self._fd)
        # Before it is unlocked: whoever locks it afterwards sees that it is gone.
        removed = named and _remove(self._path)
        os.close(self._fd)
        if named and not removed:  # Windows removes no open file, so none that another session has
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
    """Return whether an open file has not been deleted."""
    return os.fstat(fd).st_nlink > 0


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
