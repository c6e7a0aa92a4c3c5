"""What was rejected, and why: the lines of rejected.jsonl."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

MAX_TEXT_LENGTH = 80  # characters of a rejection's text


class RejectedFile(Exception):
    """A file is not a novel that we can read.

    Attributes:
        reason, detail, offset: as in the `Rejection` that comes of it.
    """

    def __init__(self, reason: str, detail: str | None = None, offset: int | None = None) -> None:
        super().__init__(_message(reason, detail))
        self.reason, self.detail, self.offset = reason, detail, offset


@dataclass(frozen=True)
class Rejection:
    """A file, a work or a part of one that does not get into the data set.

    Attributes:
        file: its name, as the data set has it.
        reason: why, for a person to read; one of a few, by which rejections are counted.
        detail: what more there is to say of this one.
        offset: where in the file it begins, in bytes, where that says more than the line.
        line: the line of the file's text at which it begins, from 1.
        text: what was rejected, shortened.
    """

    file: str
    reason: str
    detail: str | None = None
    offset: int | None = None
    line: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        """The file and why."""
        return f"{self.file}: {_message(self.reason, self.detail)}"


def shorten(text: str) -> str:
    """A rejection's text: on one line, with an ellipsis where it was cut."""
    text = " ".join(text[: 2 * MAX_TEXT_LENGTH].split())
    return text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1] + "…"


def sort_key(it: Rejection) -> tuple[str, int, int, str, str, str]:
    """Sorts rejections: in the order of the files and of their lines."""
    return it.file, it.line or 0, it.offset or 0, it.reason, it.detail or "", it.text or ""


def dump(rejections: Iterable[Rejection]) -> bytes:
    """rejected.jsonl's bytes: a JSON object a line, in the order of the files and their lines."""
    lines = (
        json.dumps({k: v for k, v in asdict(it).items() if v is not None}, ensure_ascii=False)
        for it in sorted(rejections, key=sort_key)
    )
    return "".join(line + "\n" for line in lines).encode()


def _message(reason: str, detail: str | None) -> str:
    return f"{reason}: {detail}" if detail else reason
