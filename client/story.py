"""The story on disk: UTF-8, one sentence a line, rewritten as a whole after every change."""

import errno
import itertools
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from client.interrupts import uninterrupted
from client.sentences import split_sentences


class StoryError(Exception):
    """The story file cannot be read or written.

    Attributes:
        key: the message that says so, a key of ``client.messages``.
        fields: what the message names.
    """

    def __init__(self, key: str, **fields: str) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class Story:
    """The sentences so far, and the file that holds them.

    Attributes:
        path: the file, symbolic links followed, so that saving does not replace a link.
        saved: whether the file holds every sentence.
    """

    def __init__(self, path: Path, lines: Sequence[str] = ()) -> None:
        self.path = path
        self.saved = True
        self._stamp = _stamp(path)
        # Blank lines are a writer's paragraphs: kept in the file, not counted as sentences.
        self._lines = list(lines)

    @classmethod
    def open(cls, path: str) -> "Story":
        """Read the story, or begin one where there is no file yet; the file is not touched.

        A line with several sentences becomes several lines.

        Raises:
            StoryError: not a file, not UTF-8, or a place that cannot be written to.
        """
        file = Path(os.path.realpath(path))
        if file.is_dir():
            raise StoryError("story_directory", path=path)
        if file.exists() and not file.is_file():  # replacing /dev/null would do harm
            raise StoryError("story_not_file", path=path)
        try:
            text = file.read_text("utf-8") if file.exists() else ""
        except UnicodeDecodeError:
            raise StoryError("story_encoding", path=path) from None
        except OSError as error:
            raise StoryError("story_unreadable", path=path, why=_reason(error)) from None
        lines = [part for line in text.splitlines() for part in split_sentences(line) or [""]]
        story = cls(file, lines)
        with uninterrupted():
            story._write_beside("").unlink()
        if file.exists() and not os.access(file, os.W_OK):
            raise StoryError("story_unwritable", path=path, why=os.strerror(errno.EACCES))
        return story

    @property
    def sentences(self) -> list[str]:
        """The sentences so far, oldest first."""
        return [line for line in self._lines if line]

    @uninterrupted()
    def append(self, sentences: Sequence[str]) -> None:
        """Add sentences at the end and save; they stay in memory if saving fails.

        Raises:
            StoryError: the file cannot be written.
        """
        self._lines.extend(sentences)
        self.save()

    @uninterrupted()
    def undo(self) -> str | None:
        """Take the last sentence away, save, and return it; None if there is none.

        Raises:
            StoryError: the file cannot be written.
        """
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        if not self._lines:
            return None
        sentence = self._lines.pop()
        self.save()
        return sentence

    @uninterrupted()
    def save(self) -> None:
        """Write the story beside its file, then put it in the file's place.

        Raises:
            StoryError: the file cannot be written; what stood in it before still does. Or another
                program has changed it: then the story is saved, and goes on, in a new file.
        """
        self.saved = False
        changed = self.path.exists() and _stamp(self.path) != self._stamp
        if changed:
            self.path = _free_name(self.path)
        beside = self._write_beside("".join(f"{line}\n" for line in self._lines))
        try:
            os.replace(beside, self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise self._unwritable(error) from None
        self.saved, self._stamp = True, _stamp(self.path)
        if changed:
            raise StoryError("story_changed", path=str(self.path))

    def _write_beside(self, text: str) -> Path:
        beside = self.path.with_name(f".{self.path.name[:60]}.{secrets.token_hex(4)}")
        try:
            with open(beside, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if self.path.exists():
                beside.chmod(self.path.stat().st_mode & 0o7777)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise self._unwritable(error) from None
        return beside

    def _unwritable(self, error: OSError) -> StoryError:
        return StoryError("story_unwritable", path=str(self.path), why=_reason(error))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file does, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _free_name(path: Path) -> Path:
    """Return ``name-2.txt`` for ``name.txt``, or the next number that is free."""
    names = (path.with_name(f"{path.stem}-{i}{path.suffix}") for i in itertools.count(2))
    return next(name for name in names if not name.exists())
