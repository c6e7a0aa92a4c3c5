"""What was refused, and why: the lines of rejected.jsonl."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

LONGEST_TEXT = 80  # characters of a rejection's text


class Refused(Exception):
    """A file is not a novel that we can read; the message says why, for a person.

    Attributes:
        offset: of the first byte that is wrong, where one is known.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True)
class Rejection:
    """A file, a work or a part of one that does not get into the data set.

    Attributes:
        file: its name, as the data set has it.
        reason: why, for a person to read.
        offset: where in the file it begins, in bytes, where that says more than the line.
        line: the line of the file's text at which it begins, from 1.
        text: what was refused, shortened.
    """

    file: str
    reason: str
    offset: int | None = None
    line: int | None = None
    text: str | None = None


def shorten(text: str) -> str:
    """A rejection's text: on one line, with an ellipsis where it was cut."""
    text = " ".join(text[: 2 * LONGEST_TEXT].split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def place(it: Rejection) -> tuple[str, int, int, str, str]:
    """Sorts rejections: in the order of the files and of their lines."""
    return it.file, it.line or 0, it.offset or 0, it.reason, it.text or ""


def dump(rejections: Iterable[Rejection]) -> bytes:
    """rejected.jsonl's bytes: a JSON object a line, in the order of the files and their lines."""
    lines = (
        json.dumps({k: v for k, v in asdict(it).items() if v is not None}, ensure_ascii=False)
        for it in sorted(rejections, key=place)
    )
    return "".join(line + "\n" for line in lines).encode()
