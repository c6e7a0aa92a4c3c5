"""The journal of a story: one JSON object a line, only ever added to, on disk before it counts.

Every line has its number ``n``, a ``time`` (UTC), the name of its ``event``, what belongs to it,
and last ``crc``, the CRC-32 of the line without it. A line that does not match its checksum is
damaged: a last one is cut off and kept beside the journal, others stay and are reported once.

One session at a time: the file is locked (``flock``) while it is open, and the kernel lets go of a
dead process's lock.
"""

import errno
import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from client.story.textfile import JOURNAL_SUFFIX

Event = dict[str, Any]

FORMAT = "soseol-journal"
VERSION = 1

_BEGINNING = b'{"n":'  # of the first line, even of one that was cut off
_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


class JournalError(Exception):
    """The journal cannot be used.

    Attributes:
        key: the message that says so, a key of ``client.messages``.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Contents(NamedTuple):
    """What stands in a journal.

    Attributes:
        events: the events that could be read, in order.
        damaged: numbers of the lines that cannot be read, or before which some are missing, and
            which nobody has been told of.
        length: bytes up to the end of the last line that can be read.
        tail: a damaged end.
    """

    events: list[Event]
    damaged: list[int]
    length: int
    tail: bytes


def path_for(story: Path) -> Path:
    """Return where the journal of a story file is."""
    return story.with_name(story.name + JOURNAL_SUFFIX)


def read(data: bytes) -> Contents:
    """Read what can be read of a journal.

    Raises:
        JournalError: it is none, or one of a later version.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    events = [_event(line) for line in lines]
    while events and events[-1] is None:
        events.pop()
    if not events and data[: len(_BEGINNING)] != _BEGINNING[: len(data)]:
        raise JournalError("journal_alien")
    length = sum(len(line) + 1 for line in lines[: len(events)])
    sound: list[Event] = []
    damaged: list[int] = []
    last, gap = 0, False
    for number, event in enumerate(events, 1):
        if event is None or event["n"] <= last:
            damaged.append(number)
            gap = True
            continue
        if event["n"] != last + 1 and not gap:
            damaged.append(number)
        last, gap = event["n"], False
        sound.append(event)
    if any(e["event"] == "begin" and e.get("version") != VERSION for e in sound):
        raise JournalError("journal_newer")
    told = {line for e in sound if e["event"] == "damaged" for line in e["lines"]}
    return Contents(sound, [line for line in damaged if line not in told], length, data[length:])


def _event(line: bytes) -> Event | None:
    found = _CHECKSUM.search(line)
    if not found:
        return None
    body = line[: found.start()] + b"}"
    if zlib.crc32(body) != int(found[1], 16):
        return None
    try:
        event = json.loads(body)
    except ValueError:
        return None
    sound = isinstance(event, dict) and isinstance(event.get("n"), int) and "event" in event
    return event if sound else None


def _line(event: Event) -> bytes:
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body)


class Journal:
    """A journal that is open, locked, for one session.

    Attributes:
        contents: what stood in it when it was opened.
        tail_path: where a damaged end was put, if there was one.
        saved: whether everything is on disk.
    """

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        """Open the journal, or make it with the permissions ``mode`` (less the umask).

        Raises:
            JournalError: it is open elsewhere, no journal, or of a later version.
            OSError: it cannot be read or written.
        """
        self.path = path
        self.tail_path: Path | None = None
        self._mode = mode
        self._fd = _locked(path, mode)
        try:
            self.contents = read(_everything(self._fd))
            if self.contents.tail:
                self._cut_tail()
        except BaseException:
            os.close(self._fd)
            raise
        events = self.contents.events
        self._last = events[-1]["n"] if events else 0
        self._length = self.contents.length
        self._pending = b""
        if events and os.fstat(self._fd).st_size < self._length:
            self._pending, self._length = b"\n", self._length - 1  # its last line break was lost

    @property
    def saved(self) -> bool:
        """Whether everything is on disk."""
        return not self._pending

    @property
    def empty(self) -> bool:
        """Whether there is no event."""
        return not self._last

    def add(self, name: str, fields: Event) -> Event:
        """Add an event without writing it yet; return it as it will stand there."""
        self._last += 1
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        event = {"n": self._last, "time": now.replace("+00:00", "Z"), "event": name, **fields}
        self._pending += _line(event)
        return event

    def flush(self) -> None:
        """Put what was added on disk.

        Raises:
            OSError: it cannot be written; it is kept in memory, and nothing of it is in the file.
        """
        if not self._pending:
            return
        if os.fstat(self._fd).st_nlink == 0:
            self._make_again()
        try:
            _write(self._fd, self._pending)
            os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._length)
            raise
        self._length += len(self._pending)
        self._pending = b""

    def close(self) -> None:
        """Let go of the journal; one without any event goes away."""
        if self._fd < 0:
            return
        if not self._length and os.fstat(self._fd).st_nlink:
            self.path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1

    def _cut_tail(self) -> None:
        """Put a damaged end beside the journal, then cut it off."""
        self.tail_path = self.path.with_name(f"{self.path.name}.damaged")
        with open(self.tail_path, "ab") as file:
            file.write(self.contents.tail.rstrip(b"\n") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(self._fd, self.contents.length)
        os.fsync(self._fd)

    def _make_again(self) -> None:
        """Write the journal anew where somebody has deleted it under the session."""
        data = _everything(self._fd)
        fd = _locked(self.path, self._mode)
        if os.fstat(fd).st_size:
            os.close(fd)
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        os.close(self._fd)
        self._fd = fd
        _write(fd, data)


def _locked(path: Path, mode: int) -> int:
    """Return a descriptor of the file, made if need be, that nobody else has locked.

    Raises:
        JournalError: somebody has.
        OSError: it cannot be opened.
    """
    while True:
        made = not path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        fd = os.open(path, flags, mode)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_nlink:  # not deleted between the two calls
                if made:
                    _sync_folder(path.parent)
                return fd
        except BlockingIOError:
            os.close(fd)
            raise JournalError("story_open_elsewhere") from None
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _everything(fd: int) -> bytes:
    return b"".join(_chunks(fd))


def _chunks(fd: int) -> Iterable[bytes]:
    offset = 0
    while chunk := os.pread(fd, 1 << 20, offset):
        yield chunk
        offset += len(chunk)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
