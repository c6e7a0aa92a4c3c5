"""The text file of a story: UTF-8, one sentence per line, always replaced as a whole."""

import errno
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from client.errors import StoryError, reason
from client.sentences import split_sentences

JOURNAL_SUFFIX = ".journal"
RENAME_WAITS = (0.01, 0.05, 0.2, 0.5)  # seconds between attempts

_IN_USE = (5, 32)  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION


def read_lines(path: Path) -> list[str]:
    """Read a text: one item per sentence or blank line; lines of several sentences are split.

    Raises:
        StoryError: a folder, a journal, not a regular file, not UTF-8, or unreadable.
    """
    # Not Path's methods, which raise for a name too long or a folder without permission.
    if os.path.isdir(path):
        raise StoryError("story_directory", path=str(path))
    if path.name.endswith(JOURNAL_SUFFIX):  # easily picked by Tab completion
        raise StoryError("story_is_journal", path=str(path), story=path.stem)
    if os.path.exists(path) and not os.path.isfile(path):  # reading from a pipe would hang
        raise StoryError("story_not_file", path=str(path))
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise StoryError("story_encoding", path=str(path)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(path), why=reason(error)) from None
    return [part for line in text.splitlines() for part in split_sentences(line) or [""]]


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file atomically: write a temporary one beside it, then rename that.

    Permissions are kept, and so are symbolic links: the file that they point to is replaced.

    Raises:
        StoryError: writing failed, or ``path`` is a device or pipe; it is unchanged.
    """
    path = Path(os.path.realpath(path))
    if os.path.exists(path) and not os.path.isfile(path):  # root could replace /dev/null
        raise StoryError("story_not_file", path=str(path))
    temporary = _write_temporary(path, data)
    try:
        _rename(temporary, path)
    except OSError as error:
        _remove(temporary)
        raise _unwritable(path, error) from None


def check_writable(path: Path) -> None:
    """Check that ``path`` can be written, without touching it.

    Raises:
        StoryError: it cannot.
    """
    _write_temporary(path, b"").unlink()
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise StoryError("story_unwritable", path=str(path), why=os.strerror(errno.EACCES))


def _write_temporary(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            temporary.chmod(path.stat().st_mode & 0o7777)
    except OSError as error:
        _remove(temporary)
        raise _unwritable(path, error) from None
    return temporary


def _rename(source: Path, target: Path) -> None:
    """Replace ``target`` by ``source``, with retries on Windows while a program has it open.

    Virus scanners and file synchronisation open new files for a moment.
    """
    for wait in RENAME_WAITS:
        try:
            os.replace(source, target)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
        time.sleep(wait)
    os.replace(source, target)


def _remove(path: Path) -> None:
    with suppress(OSError):  # what made writing fail may make this fail too
        path.unlink()


def _unwritable(path: Path, error: OSError) -> StoryError:
    return StoryError("story_unwritable", path=str(path), why=reason(error))


class TextFile:
    """The text file of a story, which other programs may change.

    Attributes:
        path: with symbolic links resolved, so that writing does not replace a link.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(os.path.realpath(path))
        self._known = self._stamp()

    def changed(self) -> bool:
        """Return whether the file has changed since it was last read or written."""
        return self._stamp() != self._known

    def modified(self) -> float | None:
        """Return the file's modification time, in seconds since 1970; None if there is none."""
        return self.path.stat().st_mtime if os.path.exists(self.path) else None

    def read(self) -> list[str] | None:
        """Return the lines; None if there is no file.

        Raises:
            StoryError: it cannot be read.
        """
        stamp = self._stamp()
        lines = read_lines(self.path) if os.path.exists(self.path) else None
        self._known = stamp
        return lines

    def write(self, lines: Iterable[str]) -> None:
        """Replace the file.

        Raises:
            StoryError: writing failed, or the file has changed since it was read; it is unchanged.
        """
        if self.changed() and os.path.exists(self.path):
            read_lines(self.path)  # raises if it is unreadable
            raise StoryError("story_changed", path=str(self.path))
        replace_file(self.path, "".join(f"{line}\n" for line in lines).encode())
        self._known = self._stamp()

    def _stamp(self) -> tuple[int, int, int] | None:
        """Return what identifies a version of the file; None if there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
