"""Attributes the lines of a text that another program changed to their authors."""

from collections.abc import Container, Sequence
from difflib import SequenceMatcher

from client.story.manuscript import Author, Line


def attribute(before: Sequence[Line], after: Sequence[str], shown: Container[str]) -> list[Line]:
    """Return the lines of a changed text with their authors.

    An unchanged line keeps its author; a model's line that was changed counts as edited; a new
    line is the writer's, unless it is a candidate that was shown (and whose entry was lost).

    Args:
        before: the known lines.
        after: the lines now.
        shown: the texts of all candidates ever shown.
    """
    lines: list[Line] = []
    matcher = SequenceMatcher(None, [line.text for line in before], after, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            lines += before[i:j]
            continue
        changed = before[i:j] if j - i == m - k else ()
        for place, text in enumerate(after[k:m]):
            old = changed[place].author if changed else Author.WRITER
            lines.append(Line(text, _author(text, old, shown)))
    return lines


def _author(text: str, old: Author, shown: Container[str]) -> Author:
    if not text:
        return Author.WRITER
    if text in shown:
        return Author.MODEL
    return Author.WRITER if old is Author.WRITER else Author.EDITED
