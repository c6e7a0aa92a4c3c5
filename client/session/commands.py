"""What a typed line means: a command, or the writer's own words.

Every letter has its twin on a Korean keyboard (the jamo on the same key), so that nobody has to
switch the input method to ask again, and a Korean and an English word. A command that brings text
along has a colon before it (``메모: 비가 온다``), so that a sentence is not taken for a command.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from client.session.actions import (
    Action,
    AddNote,
    Ask,
    Back,
    Compare,
    Delete,
    Dial,
    DropNote,
    Edit,
    Export,
    Insert,
    ListBranches,
    ListNotes,
    Pin,
    Redo,
    Save,
    ShowDial,
    ShowStory,
    Switch,
    Take,
    Undo,
    Write,
)


@dataclass(frozen=True)
class EditCandidate:
    """Change a candidate before taking it; the new words are still to be asked for."""

    number: int


@dataclass(frozen=True)
class EditSentence:
    """Change a sentence; the new words are still to be asked for."""

    number: int


@dataclass(frozen=True)
class InsertAfter:
    """Put something after a sentence; it is still to be asked for."""

    number: int


@dataclass(frozen=True)
class Hint:
    """A command that lacks something; the message ``key`` says what."""

    key: str


@dataclass(frozen=True)
class Help:
    """Show what can be typed."""


@dataclass(frozen=True)
class Quit:
    """End the session."""


@dataclass(frozen=True)
class Nothing:
    """An empty line."""


Typed = Action | EditCandidate | EditSentence | InsertAfter | Hint | Help | Quit | Nothing

_NAMES = {
    "again": ("r", "ㄱ", "again", "다시"),
    "differently": ("d", "ㅇ", "differently", "다르게"),
    "undo": ("u", "ㅕ", "undo", "되돌리기"),
    "redo": ("y", "ㅛ", "redo", "다시 실행", "되살리기"),
    "take": ("e", "ㄷ", "edit", "고치기", "수정"),
    "edit": ("f", "ㄹ", "fix", "다듬기"),
    "delete": ("x", "ㅌ", "delete", "지우기"),
    "insert": ("i", "ㅑ", "insert", "끼우기"),
    "back": ("g", "ㅎ", "back", "돌아가기"),
    "branches": ("b", "ㅠ", "branches", "갈래"),
    "compare": ("c", "ㅊ", "compare", "비교"),
    "notes": ("n", "ㅜ", "note", "notes", "메모"),
    "pin": ("p", "ㅔ", "pin", "고정"),
    "dial": ("t", "ㅅ", "dial", "새로움"),
    "safe": ("무난", "safe"),
    "story": ("v", "ㅍ", "view", "보기"),
    "export": ("w", "ㅈ", "export", "내보내기"),
    "save": ("s", "ㄴ", "save", "저장"),
    "help": ("h", "ㅗ", "?", "help", "도움말"),
    "quit": ("q", "ㅂ", "quit", "끝"),
}
_ALONE: dict[str, Typed] = {
    "again": Ask("again", anyway=True),
    "differently": Ask("differently", anyway=True),
    "undo": Undo(),
    "redo": Redo(),
    "take": Hint("edit_which"),
    "edit": Hint("fix_which"),
    "delete": Hint("delete_which"),
    "insert": Hint("insert_where"),
    "back": Hint("back_where"),
    "branches": ListBranches(),
    "compare": Hint("compare_which"),
    "notes": ListNotes(),
    "pin": ListNotes(),
    "dial": ShowDial(),
    "safe": ShowDial(),
    "story": ShowStory(),
    "export": Hint("export_which"),
    "save": Save(),
    "help": Help(),
    "quit": Quit(),
}


def _folded(text: str) -> str:
    # NFKC makes full-width forms plain, and a jamo the same whether a keyboard or macOS wrote it.
    return unicodedata.normalize("NFKC", text).casefold().strip()


_WORDS = {_folded(word): name for name, words in _NAMES.items() for word in words}
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))

# "e 3", "고치기 3번", "x 3-5", "c 1 2", "n -2", "t -2", "t +2", "p -", "w epub 작성자"
_NUMBERS = re.compile(rf"({_WORD}) *([0-9]{{1,6}})번?(?:(?: *[-~] *| +)([0-9]{{1,6}})번?)?")
_SIGNED = re.compile(rf"({_WORD}) *([-+])([0-9]{{0,6}})")
_EXPORT = re.compile(rf"({_WORD}) +(txt|md|epub|docx)( +(?:작성자|출처|provenance))?")
# "n: 비가 온다", "f 3: 비가 왔다."; the text itself is taken from the line as it was typed.
_TEXT = re.compile(rf"({_WORD}) *([0-9]{{1,6}})?")

_CANDIDATE = re.compile(r"([0-9]|10)(?:번|\.)?")  # also as the list and the messages write it
_BEGUN = re.compile(r"(.*)[~～〜∼]")  # a sentence for the model to finish
_QUOTED = ">"  # before a sentence that would be a command


def parse(line: str) -> Typed:
    """Return what the writer wants; 1 to 9 are the candidates' numbers, 0 is the tenth."""
    typed = _folded(line)
    if not typed:
        return Nothing()
    if "\n" in line.strip():  # pasted
        return Write(line)
    if typed.startswith(_QUOTED):
        return Write(line.strip()[1:])
    if typed in _WORDS:
        return _ALONE[_WORDS[typed]]
    return _number(typed) or _with_numbers(typed) or _with_text(line) or _begun(line) or Write(line)


def _number(typed: str) -> Typed | None:
    match = _CANDIDATE.fullmatch(typed)
    return Take(_candidate(int(match[1]))) if match else None


def _begun(line: str) -> Typed | None:
    match = _BEGUN.fullmatch(line.strip())
    return Ask(prefix=match[1].lstrip(), anyway=True) if match else None


def _candidate(number: int) -> int:
    return number or 10


def _with_numbers(typed: str) -> Typed | None:
    if match := _EXPORT.fullmatch(typed):
        kind: str = match[2]
        return Export(kind, bool(match[3])) if _WORDS[match[1]] == "export" else None  # type: ignore[arg-type]
    if match := _SIGNED.fullmatch(typed):
        return _signed(_WORDS[match[1]], match[2], match[3])
    if match := _NUMBERS.fullmatch(typed):
        name, first = _WORDS[match[1]], int(match[2])
        if match[3]:
            return _TWO[name](first, int(match[3])) if name in _TWO else None
        return _ONE[name](first) if name in _ONE else None
    return None


def _signed(name: str, sign: str, digits: str) -> Typed | None:
    if name == "dial" and digits:
        return Dial(int(sign + digits))
    if name == "notes" and sign == "-" and digits:
        return DropNote(int(digits))
    return Pin("") if (name, sign, digits) == ("pin", "-", "") else None


_ONE: dict[str, Callable[[int], Typed | None]] = {
    "take": lambda n: EditCandidate(_candidate(n)) if n <= 10 else None,
    "edit": EditSentence,
    "delete": Delete,
    "insert": InsertAfter,
    "back": Back,
    "branches": Switch,
    "compare": Compare,
    "dial": Dial,
    "safe": lambda n: Dial(-n),
}
_TWO: dict[str, Callable[[int, int], Typed]] = {"delete": Delete, "compare": Compare}


def _with_text(line: str) -> Typed | None:
    head, colon, text = line.replace("：", ":", 1).partition(":")
    match = _TEXT.fullmatch(_folded(head)) if colon else None
    if not match or not text.strip():
        return None
    name, number, text = _WORDS[match[1]], match[2], text.strip()
    if number is None:
        makers: dict[str, Callable[[str], Typed]] = {"notes": AddNote, "pin": Pin}
        return makers[name](text) if name in makers else None
    numbered: dict[str, Callable[[int, str], Typed]] = {
        "take": lambda n, t: Take(_candidate(n), t),
        "edit": Edit,
        "insert": Insert,
    }
    return numbered[name](int(number), text) if name in numbered else None
