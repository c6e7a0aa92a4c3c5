"""What was rejected, and why: the lines of rejected.jsonl."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

MAX_TEXT_LENGTH = 80  # characters of a rejection's text


class RejectedFile(Exception):
    """A file that is not a readable novel.

    Attributes:
        reason, detail, offset: as in `Rejection`.
    """

    def __init__(self, reason: str, detail: str | None = None, offset: int | None = None) -> None:
        super().__init__(_message(reason, detail))
        self.reason, self.detail, self.offset = reason, detail, offset


@dataclass(frozen=True)
class Rejection:
    """A file, a work or a part of a work that is not in the data set.

    Attributes:
        file: name of the file, as in dataset.json; inside an EPUB, ``file/document``.
        reason: why, for people; one of a fixed set, by which rejections are counted.
        detail: further information about this rejection.
        offset: byte offset in the file of the first byte that could not be decoded.
        line: number of the first rejected line, from 1.
        text: the beginning of the rejected text.
    """

    file: str
    reason: str
    detail: str | None = None
    offset: int | None = None
    line: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        """The file, the reason and the detail."""
        return f"{self.file}: {_message(self.reason, self.detail)}"


def shorten(text: str) -> str:
    """Return the beginning of a text on one line, with an ellipsis if it was cut."""
    text = " ".join(text[: 2 * MAX_TEXT_LENGTH].split())
    return text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1] + "…"


def sort_key(it: Rejection) -> tuple[str, int, int, str, str, str]:
    """Sort key: by file, then by line."""
    return it.file, it.line or 0, it.offset or 0, it.reason, it.detail or "", it.text or ""


def dump(rejections: Iterable[Rejection]) -> bytes:
    """Return the bytes of rejected.jsonl: one JSON object per line, sorted by file and line."""
    lines = (
        json.dumps({k: v for k, v in asdict(it).items() if v is not None}, ensure_ascii=False)
        for it in sorted(rejections, key=sort_key)
    )
    return "".join(line + "\n" for line in lines).encode()


def _message(reason: str, detail: str | None) -> str:
    return f"{reason}: {detail}" if detail else reason
