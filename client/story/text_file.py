"""The text of a story on disk: UTF-8, one sentence a line, rewritten as a whole."""

import errno
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from client.errors import StoryError
from client.sentences import split_sentences

JOURNAL_SUFFIX = ".journal"
RENAME_WAITS = (0.01, 0.05, 0.2, 0.5)  # seconds between attempts

_IN_USE = (5, 32)  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION


def reason(error: OSError) -> str:
    """Return what an error of the operating system says, without its number and path."""
    return error.strerror or str(error)


def read_lines(path: Path) -> list[str]:
    """Read a text, a sentence or a blank line an item; a line of several sentences becomes several.

    Raises:
        StoryError: no text file, a journal, not UTF-8, or not readable.
    """
    # Not Path's own, which raise what they do not expect: a name too long, a closed folder.
    if os.path.isdir(path):
        raise StoryError("story_directory", path=str(path))
    if path.name.endswith(JOURNAL_SUFFIX):  # what completing a name with Tab leads to
        raise StoryError("story_is_journal", path=str(path), story=path.stem)
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for, for ever
        raise StoryError("story_not_file", path=str(path))
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise StoryError("story_encoding", path=str(path)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(path), why=reason(error)) from None
    return [part for line in text.splitlines() for part in split_sentences(line) or [""]]


def replace_file(path: Path, data: bytes) -> None:
    """Write a file beside, then put it in the place of ``path``, whose permissions it gets.

    Raises:
        StoryError: it cannot be written; what stood there still does.
    """
    beside = _write_beside(path, data)
    try:
        _rename(beside, path)
    except OSError as error:
        _remove(beside)
        raise _unwritable(path, error) from None


def check_writable(path: Path) -> None:
    """Find out whether a file could be written in this place, without touching one that is there.

    Raises:
        StoryError: it could not.
    """
    _write_beside(path, b"").unlink()
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise StoryError("story_unwritable", path=str(path), why=os.strerror(errno.EACCES))


def _write_beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            beside.chmod(path.stat().st_mode & 0o7777)
    except OSError as error:
        _remove(beside)
        raise _unwritable(path, error) from None
    return beside


def _rename(source: Path, target: Path) -> None:
    """Put a file in the place of another, which on Windows nobody may have open meanwhile.

    Virus scanners and synchronisers open new files for a moment.
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
    with suppress(OSError):  # what is in the way of writing may be in the way of this too
        path.unlink()


def _unwritable(path: Path, error: OSError) -> StoryError:
    return StoryError("story_unwritable", path=str(path), why=reason(error))


class TextFile:
    """The file that shows a story's text, and that other programs may change.

    Attributes:
        path: symbolic links followed, so that writing does not replace a link.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(os.path.realpath(path))
        self._known = self._stamp()

    def changed(self) -> bool:
        """Return whether the file is another than was read or written last."""
        return self._stamp() != self._known

    def modified(self) -> float | None:
        """Return when the file was changed last, in seconds since 1970; None if there is none."""
        return self.path.stat().st_mtime if os.path.exists(self.path) else None

    def read(self) -> list[str] | None:
        """Return the lines, None if there is no file.

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
            StoryError: it cannot be written, or has been changed and not read since; what stood
                there still does.
        """
        if self.changed() and os.path.exists(self.path):
            read_lines(self.path)  # if it cannot be, this says why
            raise StoryError("story_changed", path=str(self.path))
        replace_file(self.path, "".join(f"{line}\n" for line in lines).encode())
        self._known = self._stamp()

    def _stamp(self) -> tuple[int, int, int] | None:
        """Return what changes when a file does, None where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
