"""What a typed line means: a command, or the writer's own words.

Every letter has its twin on a Korean keyboard (the jamo on the same key, or the first one of the
Korean word), so that nobody has to switch the input method to ask again.
"""

import re
import unicodedata
from dataclasses import dataclass

from client.session import Ask, Save, Take, Undo, Write


@dataclass(frozen=True)
class Edit:
    """Change a candidate before taking it."""

    index: int | None  # 0 for the best; None if no number was given


@dataclass(frozen=True)
class Help:
    """Show what can be typed."""


@dataclass(frozen=True)
class Quit:
    """End the session."""


@dataclass(frozen=True)
class Nothing:
    """An empty line."""


Typed = Take | Write | Ask | Undo | Save | Edit | Help | Quit | Nothing

_EDIT = ("e", "ㄷ", "edit", "고치기", "수정")
_WORDS: dict[Typed, tuple[str, ...]] = {
    Ask(anyway=True): ("r", "ㄱ", "again", "다시"),
    Undo(): ("u", "ㅕ", "undo", "되돌리기"),
    Save(): ("s", "ㄴ", "save", "저장"),
    Quit(): ("q", "ㅂ", "quit", "끝"),
    Help(): ("h", "ㅗ", "?", "help", "도움말"),
    Edit(None): _EDIT,
}


def _folded(text: str) -> str:
    # NFKC makes full-width forms plain, and a jamo the same whether a keyboard or macOS wrote it.
    return unicodedata.normalize("NFKC", text).casefold().strip()


_COMMANDS = {_folded(word): command for command, words in _WORDS.items() for word in words}
_EDIT_NUMBER = re.compile(rf"(?:{'|'.join(map(_folded, _EDIT))}) *([0-9]|10)")
_NUMBER = re.compile(r"[0-9]|10")


def parse(line: str) -> Typed:
    """Return what the writer wants; 1 to 9 are the candidates' numbers, 0 is the tenth."""
    typed = _folded(line)
    if not typed:
        return Nothing()
    if typed in _COMMANDS:
        return _COMMANDS[typed]
    if _NUMBER.fullmatch(typed):
        return Take(_index(typed))
    if match := _EDIT_NUMBER.fullmatch(typed):
        return Edit(_index(match[1]))
    return Write(line)


def _index(number: str) -> int:
    return (int(number) or 10) - 1
