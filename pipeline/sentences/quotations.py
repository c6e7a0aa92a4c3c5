"""Pairs quotation marks and brackets, even if some are missing.

Works on normalised and other text: whether a straight mark opens or closes is decided by its
neighbours.
"""

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

_CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "(": ")", "[": "]"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_MARK = re.compile(r"[“”‘’「」『』()\[\]\"']")

CLOSING_MARKS = "”’」』\"')]"
MAX_DEPTH = 8  # of nesting; if more marks are open, the oldest is unpaired

# Words that belong to the quotation before them: 하고, 라고, verbs of saying, and particles.
QUOTATIVE = re.compile(
    r"(?:하(?:고|며|면|는|니|자|였|던|더니|더라|여(?!튼|간)|다가|듯|시|신)|한(?:다|즉|데|마디)|할|했"
    r"|해(?:서|도| )|허(?:고|며|면|는|니|자|여|였|던|더니)|헌다|헐"
    r"|이?라(?:고|구|는|며|면서|던|니|네|오|지|[ ,.])|이?란"
    r"|(?:말|대답|대꾸|반문|부탁|명령|생각)(?:하[고며는니자였던]|했|한다)|묻|물[었으어]|되물|되묻"
    r"|되뇌|외치|외쳤|외친|부르짖|중얼|속삭|소리[치쳤친]|투덜|덧붙"
    r"|(?:고|구|며|면서|는|은|을|를|의|에|도|만|과|와|로|으로)[ ,])"
)


class Span(NamedTuple):
    """A quotation or bracketed text: ``text[start:end]``, its marks included."""

    start: int
    end: int


def match(text: str) -> tuple[list[Span], list[int]]:
    """Return the pairs, inner ones first, and the positions of the unpaired marks.

    A closing mark closes the nearest open mark of its kind; marks opened in between are unpaired.
    A straight mark opens if none of its kind is open. It also opens after a space and before a
    letter, where it cannot close: then the open one was never closed.
    """
    pairs: list[Span] = []
    unpaired: list[int] = []
    opened: list[tuple[str, int]] = []
    for found in _MARK.finditer(text):
        if len(opened) > MAX_DEPTH:
            unpaired.append(opened.pop(0)[1])
        mark, position = found[0], found.start()
        if mark == "’" and _is_apostrophe(text, position):
            continue
        if mark in _CLOSING:
            opened.append((mark, position))
        elif mark in _OPENING:
            _close(_OPENING[mark], position, opened, pairs, unpaired)
        elif not (mark == "'" and _is_apostrophe(text, position)):
            before, after = _neighbours(text, position)
            is_open = any(kind == mark for kind, _ in opened)
            can_only_open = before.isspace() and not after.isspace()
            if after.isspace() if not is_open else not can_only_open:
                _close(mark, position, opened, pairs, unpaired)
            else:
                opened.append((mark, position))
    return pairs, sorted(unpaired + [position for _, position in opened])


def spans(text: str, longest: int) -> list[Span]:
    """Return the outermost pairs of at most `longest` characters, in order and without overlap.

    A longer pair is ignored, so that the shorter ones inside it count.
    """
    pairs = sorted(pair for pair in match(text)[0] if pair.end - pair.start <= longest)
    outermost: list[Span] = []
    for pair in pairs:
        if not outermost or pair.start >= outermost[-1].end:
            outermost.append(pair)
    return outermost


def is_inside(position: int, kept: Sequence[Span]) -> bool:
    """Whether a position between two characters is inside one of the spans, which are in order."""
    nearest = bisect.bisect_left(kept, (position, 0)) - 1
    return nearest >= 0 and position < kept[nearest].end


def _close(
    opening: str,
    position: int,
    opened: list[tuple[str, int]],
    pairs: list[Span],
    unpaired: list[int],
) -> None:
    for depth in range(len(opened) - 1, -1, -1):
        kind, start = opened[depth]
        if kind == opening:
            unpaired += [left for _, left in opened[depth + 1 :]]
            del opened[depth:]
            pairs.append(Span(start, position + 1))
            return
    unpaired.append(position)


def _neighbours(text: str, position: int) -> tuple[str, str]:
    """Return the characters before and after; a space at the ends of the text."""
    return text[position - 1] if position else " ", text[position + 1 : position + 2] or " "


def _is_apostrophe(text: str, position: int) -> bool:
    return all(side.isascii() and side.isalnum() for side in _neighbours(text, position))
