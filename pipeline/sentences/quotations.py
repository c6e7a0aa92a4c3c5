"""Finds which quotation mark closes which, also where marks are missing.

Works before quotation marks are brought to one style as well as after it: the straight marks, which
look the same at both ends, are told apart by where they stand.
"""

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

_CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "(": ")", "[": "]"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_MARK = re.compile(r"[“”‘’「」『』()\[\]\"']")

CLOSING_MARKS = "”’」』\"')]"
MAX_DEPTH = 8  # marks open at once; more are not nested but missing their partners

# What belongs to the quotation before it: 하고, 라고, verbs of saying, and single particles.
QUOTATIVE = re.compile(
    r"(?:하(?:고|며|면|는|니|자|였|던|더니|더라|여(?!튼|간)|다가|듯|시|신)|한(?:다|즉|데|마디)|할|했"
    r"|해(?:서|도| )|허(?:고|며|면|는|니|자|여|였|던|더니)|헌다|헐"
    r"|이?라(?:고|구|는|며|면서|던|니|네|오|지|[ ,.])|이?란"
    r"|(?:말|대답|대꾸|반문|부탁|명령|생각)(?:하[고며는니자였던]|했|한다)|묻|물[었으어]|되물|되묻"
    r"|되뇌|외치|외쳤|외친|부르짖|중얼|속삭|소리[치쳤친]|투덜|덧붙"
    r"|(?:고|구|며|면서|는|은|을|를|의|에|도|만|과|와|로|으로)[ ,])"
)


class Span(NamedTuple):
    """A quotation or bracket: ``text[start:end]``, its marks included."""

    start: int
    end: int


def match(text: str) -> tuple[list[Span], list[int]]:
    """Returns the pairs, inner ones first, and the places of the marks that have no partner.

    A closing mark closes the nearest mark of its kind before it; what was opened in between and is
    still open has no partner. A straight mark opens when none of its kind is open, and also when it
    can only open (behind a space and before a letter), for then the open one was never closed.
    """
    pairs: list[Span] = []
    alone: list[int] = []
    opened: list[tuple[str, int]] = []
    for found in _MARK.finditer(text):
        if len(opened) > MAX_DEPTH:
            alone.append(opened.pop(0)[1])
        mark, place = found[0], found.start()
        if mark == "’" and _is_apostrophe(text, place):
            continue
        if mark in _CLOSING:
            opened.append((mark, place))
        elif mark in _OPENING:
            _close(_OPENING[mark], place, opened, pairs, alone)
        elif not (mark == "'" and _is_apostrophe(text, place)):
            before, after = _neighbours(text, place)
            is_open = any(kind == mark for kind, _ in opened)
            can_only_open = before.isspace() and not after.isspace()
            if after.isspace() if not is_open else not can_only_open:
                _close(mark, place, opened, pairs, alone)
            else:
                opened.append((mark, place))
    return pairs, sorted(alone + [place for _, place in opened])


def spans(text: str, longest: int) -> list[Span]:
    """Returns the outermost pairs of at most `longest` characters, in order; none overlap.

    A longer pair is left out, so that shorter ones inside it count.
    """
    pairs = sorted(pair for pair in match(text)[0] if pair.end - pair.start <= longest)
    outermost: list[Span] = []
    for pair in pairs:
        if not outermost or pair.start >= outermost[-1].end:
            outermost.append(pair)
    return outermost


def is_inside(place: int, kept: Sequence[Span]) -> bool:
    """Whether a place between two characters is inside one of the spans, which are in order."""
    nearest = bisect.bisect_left(kept, (place, 0)) - 1
    return nearest >= 0 and place < kept[nearest].end


def _close(
    opening: str,
    place: int,
    opened: list[tuple[str, int]],
    pairs: list[Span],
    alone: list[int],
) -> None:
    for depth in range(len(opened) - 1, -1, -1):
        kind, start = opened[depth]
        if kind == opening:
            alone += [left for _, left in opened[depth + 1 :]]
            del opened[depth:]
            pairs.append(Span(start, place + 1))
            return
    alone.append(place)


def _neighbours(text: str, place: int) -> tuple[str, str]:
    """The characters before and after; a space at the ends of the text."""
    return text[place - 1] if place else " ", text[place + 1 : place + 2] or " "


def _is_apostrophe(text: str, place: int) -> bool:
    return all(side.isascii() and side.isalnum() for side in _neighbours(text, place))
