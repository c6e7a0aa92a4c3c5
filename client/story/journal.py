"""The journal of a story: JSON Lines, append-only, flushed to disk before an entry takes effect.

It is next to the story's text: ``이야기.txt.journal`` for ``이야기.txt``. Each line is an entry:
one compact JSON object in UTF-8, ended by a line feed. Every entry has these keys:

- ``n`` (integer), first: its number, consecutive from 1.
- ``time`` (string): when it was made, UTC, ``2026-01-31T12:00:00.000000Z``.
- ``event`` (string): what it records, one of those below.
- ``crc`` (string), last: eight lower-case hexadecimal digits, the CRC-32 (zlib's) of the line's
  bytes without ``,"crc":"…"`` and without the line feed, closing brace included.

A *line record* is ``{"text", "author"}``: one sentence, or ``""`` for the blank line between two
paragraphs, by ``writer``, ``model`` or ``edited`` (the model's, begun or changed by the writer). A
*state* is what the text was after one change: 0 for ``begin``, else the ``n`` of a ``change``.

- ``begin``, the first entry: ``format`` is ``"soseol-journal"``, ``version`` is 1, and ``lines``
  are the line records of the text as it was found.
- ``change``: in state ``parent`` the line records ``removed``, the first of them at index ``at``
  (from 0, blank lines count), were replaced by ``added``. ``how``: ``write``, ``take`` (a
  candidate), ``edit``, ``insert``, ``delete``, ``back`` (starts a branch), ``outside`` (by another
  program). ``take`` also has ``chosen``: the candidate's ``number`` (from 1) and original ``text``.
- ``move``: the story went to the state ``to``. ``how``: ``undo``, ``redo``, ``switch`` or ``back``;
  or that of ``change``, with its ``chosen``, where this state already had the very same change.
- ``asked``: candidates were requested in state ``at``. ``how``: ``first``, ``again`` or
  ``differently``; ``prefix`` (string): what they were to begin with; ``seeds``: the integers, 0 to
  2^63 - 1, sent to the model.
- ``proposed``: ``candidates`` (perhaps none) were shown in state ``at``, best first. ``how`` and
  ``prefix`` are as in ``asked``, or ``how`` is ``dial`` (ranked again). A candidate has ``text``;
  ``log_prob`` (natural logarithm, of the whole sentence and its end); ``token_count`` (with the
  end); ``relevance`` (number, what it was ranked by); ``reasons``, an object of ``fitting``,
  ``new`` and ``natural``, each 0 to 1; ``features``, an object of standard scores by the names in
  ``client.ranking.features``.
- ``note``: a note's ``text``, and ``sentence``, how many sentences the story had at the time.
- ``unnote``: the note with this ``number``, counted from 1 among those left, was deleted.
- ``pin``: from now on ``text`` is sent to the model before the story; ``""``: nothing is.
- ``dial``: the dial 무난 ↔ 새로움 was set to ``value``, an integer from -3 to 3.
- ``damaged``: ``lines`` are the numbers, from 1, of lines of this file that are unreadable or
  before which entries are missing; the writer was told of them.

A reader ignores keys and events that it does not know, and refuses another ``version``. It skips a
line whose checksum does not match, and one whose ``n`` is not above all before it. A ``parent``
that was lost that way stands for the present state, and a ``move`` to a lost state does nothing.
Only the last line may lack its line feed. A torn end is moved to ``이야기.txt.journal.damaged``
when the journal is next opened for writing. In journals of early versions a candidate may lack
``features``, and ``reasons`` may be a list of names.

One session at a time may write (``client.story.lock``); reading is always allowed.
"""

import errno
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from client.story.lock import LockedError, StoryLock, lock_path
from client.story.text_file import JOURNAL_SUFFIX

Entry = dict[str, Any]

FORMAT = "soseol-journal"
VERSION = 1

_START = b'{"n":'  # of the first line, even of a torn one
_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


class JournalError(Exception):
    """The journal cannot be used.

    Attributes:
        key: the message for it, a key of ``client.messages``.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Contents(NamedTuple):
    """What a journal holds.

    Attributes:
        entries: the readable entries, in order.
        damaged: numbers of the lines that are unreadable, or before which some are missing, and
            that were not reported yet.
        length: bytes up to the end of the last readable line.
        tail: a torn end.
    """

    entries: list[Entry]
    damaged: list[int]
    length: int
    tail: bytes


def path_for(story: Path) -> Path:
    """Return the path of a story's journal."""
    return story.with_name(story.name + JOURNAL_SUFFIX)


def read(data: bytes) -> Contents:
    """Read as much of a journal as is readable.

    Raises:
        JournalError: not a journal, or of another version.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    parsed = [_parse(line) for line in lines]
    while parsed and parsed[-1] is None:
        parsed.pop()
    if not parsed and data[: len(_START)] != _START[: len(data)]:
        raise JournalError("journal_alien")
    length = sum(len(line) + 1 for line in lines[: len(parsed)])
    entries: list[Entry] = []
    damaged: list[int] = []
    last, gap = 0, False
    for number, entry in enumerate(parsed, 1):
        if entry is None or entry["n"] <= last:
            damaged.append(number)
            gap = True
            continue
        if entry["n"] != last + 1 and not gap:
            damaged.append(number)
        last, gap = entry["n"], False
        entries.append(entry)
    if any(e["event"] == "begin" and e.get("version") != VERSION for e in entries):
        raise JournalError("journal_newer")
    reported = {line for e in entries if e["event"] == "damaged" for line in e["lines"]}
    unreported = [line for line in damaged if line not in reported]
    return Contents(entries, unreported, length, data[length:])


def _parse(line: bytes) -> Entry | None:
    """Return the entry on a line, None if it is damaged."""
    found = _CHECKSUM.search(line)
    if not found:
        return None
    body = line[: found.start()] + b"}"
    if zlib.crc32(body) != int(found[1], 16):
        return None
    try:
        entry = json.loads(body)
    except ValueError:
        return None
    valid = isinstance(entry, dict) and isinstance(entry.get("n"), int) and "event" in entry
    return entry if valid else None


def _serialized(entry: Entry) -> bytes:
    body = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    return body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body)


class Journal:
    """A journal that is open for writing, and locked.

    Attributes:
        contents: what it held when it was opened.
        tail_path: where a torn end was moved to, None if there was none.
        saved: whether everything is on disk.
    """

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        """Open the journal, or create it with the permissions ``mode`` (less the umask).

        Raises:
            JournalError: open in another session, not a journal, or of another version.
            OSError: it cannot be read or written.
        """
        self.path = path
        self.tail_path: Path | None = None
        self._mode = mode
        try:
            self._lock = StoryLock(lock_path(path.with_name(_story_name(path))), mode)
        except LockedError:
            raise JournalError("story_open_elsewhere") from None
        self._fd = -1
        try:
            self._fd = _open(path, mode)
            self.contents = read(_read_all(self._fd))
            if self.contents.tail:
                self._move_tail()
            size = os.fstat(self._fd).st_size
        except BaseException:
            self._release()
            raise
        entries = self.contents.entries
        self._last = entries[-1]["n"] if entries else 0
        self._length = self.contents.length
        self._pending = b""
        if entries and size < self._length:
            self._pending, self._length = b"\n", self._length - 1  # its last line feed was lost

    @property
    def saved(self) -> bool:
        """Whether everything is on disk."""
        return not self._pending

    @property
    def empty(self) -> bool:
        """Whether there is no entry."""
        return not self._last

    def append(self, event: str, fields: Entry) -> Entry:
        """Append an entry in memory; return it as it will stand in the file."""
        self._last += 1
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        entry = {"n": self._last, "time": now.replace("+00:00", "Z"), "event": event, **fields}
        self._pending += _serialized(entry)
        return entry

    def flush(self) -> None:
        """Write appended entries to disk.

        Raises:
            JournalError: the files were deleted, and another session has begun the story anew.
            OSError: writing failed; the entries stay in memory, and none of them is in the file.
        """
        if not self._pending:
            return
        if os.fstat(self._fd).st_nlink == 0:
            self._recreate()
        try:
            _write(self._fd, self._pending)
            os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._length)
            raise
        self._length += len(self._pending)
        self._pending = b""

    def close(self) -> None:
        """Close and unlock the journal; delete it if it has no entry."""
        if self._fd < 0:
            return
        unused = not self._length and os.fstat(self._fd).st_nlink > 0
        os.close(self._fd)
        self._fd = -1
        if unused:
            self.path.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._lock.release()

    def _move_tail(self) -> None:
        """Append a torn end to a file beside the journal, then cut it off."""
        self.tail_path = self.path.with_name(f"{self.path.name}.damaged")
        with open(self.tail_path, "ab") as file:
            file.write(self.contents.tail.rstrip(b"\n") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(self._fd, self.contents.length)
        os.fsync(self._fd)

    def _recreate(self) -> None:
        """Write the journal again after it was deleted during the session."""
        data = _read_all(self._fd)
        try:
            self._lock.renew()
        except LockedError:
            raise JournalError("story_open_elsewhere") from None
        fd = _open(self.path, self._mode)
        if os.fstat(fd).st_size:
            os.close(fd)
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        os.close(self._fd)
        self._fd = fd
        _write(fd, data)


def _story_name(journal: Path) -> str:
    return journal.name.removesuffix(JOURNAL_SUFFIX)


def _open(path: Path, mode: int) -> int:
    """Return a descriptor to read from and append to; a new file's name is on disk too.

    Raises:
        OSError: not a regular file, or it cannot be opened.
    """
    new = not path.exists()
    if not new and not (path.is_file() or path.is_dir()):  # reading from a pipe would hang
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    binary = getattr(os, "O_BINARY", 0)  # Windows would write line feeds as CR LF
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | binary, mode)
    if new:
        try:
            _sync_folder(path.parent)
        except BaseException:
            os.close(fd)
            raise
    return fd


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power failure."""
    with suppress(PermissionError):  # Windows opens no folders; NTFS has a journal of its own
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _read_all(fd: int) -> bytes:
    os.lseek(fd, 0, os.SEEK_SET)
    return b"".join(_chunks(fd))


def _chunks(fd: int) -> Iterator[bytes]:
    while chunk := os.read(fd, 1 << 20):
        yield chunk


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
