"""Parses a typed line: a command, or the writer's own words.

Every command has a letter, the jamo on the same key of a Korean keyboard, so that nobody has to
switch the input method, and a Korean and an English word. A command's text follows a colon
(``메모: 비가 온다``), so that a sentence is not mistaken for a command.
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
    """Edit a candidate before taking it; the front end asks for the text."""

    number: int


@dataclass(frozen=True)
class EditSentence:
    """Edit a sentence; the front end asks for the text."""

    number: int


@dataclass(frozen=True)
class InsertAfter:
    """Insert after a sentence; the front end asks for the text."""

    number: int


@dataclass(frozen=True)
class Hint:
    """An incomplete command; the message ``key`` says what is missing."""

    key: str


@dataclass(frozen=True)
class Help:
    """Show the commands."""


@dataclass(frozen=True)
class Quit:
    """End the session."""


@dataclass(frozen=True)
class EmptyLine:
    """An empty line."""


Command = Action | EditCandidate | EditSentence | InsertAfter | Hint | Help | Quit | EmptyLine

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
_WITHOUT_ARGUMENTS: dict[str, Command] = {
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


def _normalized(text: str) -> str:
    # NFKC unifies full-width forms, and jamo as keyboards and macOS write them.
    return unicodedata.normalize("NFKC", text).casefold().strip()


_WORDS = {_normalized(word): name for name, words in _NAMES.items() for word in words}
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))

# "e 3", "고치기 3번", "x 3-5", "c 1 2", "n -2", "t -2", "t +2", "p -", "w epub 작성자"
_NUMBERS = re.compile(rf"({_WORD}) *([0-9]{{1,6}})번?(?:(?: *[-~] *| +)([0-9]{{1,6}})번?)?")
_SIGNED = re.compile(rf"({_WORD}) *([-+])([0-9]{{0,6}})")
_EXPORT = re.compile(rf"({_WORD}) +(txt|md|epub|docx)( +(?:작성자|출처|provenance))?")
# "n: 비가 온다", "f 3: 비가 왔다."; the text itself is taken from the line as it was typed.
_TEXT = re.compile(rf"({_WORD}) *([0-9]{{1,6}})?")

_CANDIDATE = re.compile(r"([0-9]|10)(?:번|\.)?")  # also as the list and the messages write it
_UNFINISHED = re.compile(r"(.*)[~～〜∼]")  # a sentence for the model to finish
_ESCAPE = ">"  # before a sentence that would be a command


def parse(line: str) -> Command:
    """Return what a line asks for; 1 to 9 take that candidate, 0 the tenth."""
    typed = _normalized(line)
    if not typed:
        return EmptyLine()
    if "\n" in line.strip():  # pasted
        return Write(line)
    if typed.startswith(_ESCAPE):
        return Write(line.strip()[1:])
    if typed in _WORDS:
        return _WITHOUT_ARGUMENTS[_WORDS[typed]]
    command = _number(typed) or _with_numbers(typed) or _with_text(line) or _unfinished(line)
    return command or Write(line)


def _number(typed: str) -> Command | None:
    match = _CANDIDATE.fullmatch(typed)
    return Take(_candidate(int(match[1]))) if match else None


def _unfinished(line: str) -> Command | None:
    match = _UNFINISHED.fullmatch(line.strip())
    return Ask(prefix=match[1].lstrip(), anyway=True) if match else None


def _candidate(number: int) -> int:
    return number or 10


def _with_numbers(typed: str) -> Command | None:
    if match := _EXPORT.fullmatch(typed):
        kind: str = match[2]
        return Export(kind, bool(match[3])) if _WORDS[match[1]] == "export" else None  # type: ignore[arg-type]
    if match := _SIGNED.fullmatch(typed):
        return _signed(_WORDS[match[1]], match[2], match[3])
    if match := _NUMBERS.fullmatch(typed):
        name, first = _WORDS[match[1]], int(match[2])
        if match[3]:
            return _WITH_RANGE[name](first, int(match[3])) if name in _WITH_RANGE else None
        return _WITH_NUMBER[name](first) if name in _WITH_NUMBER else None
    return None


def _signed(name: str, sign: str, digits: str) -> Command | None:
    if name == "dial" and digits:
        return Dial(int(sign + digits))
    if name == "notes" and sign == "-" and digits:
        return DropNote(int(digits))
    return Pin("") if (name, sign, digits) == ("pin", "-", "") else None


_WITH_NUMBER: dict[str, Callable[[int], Command | None]] = {
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
_WITH_RANGE: dict[str, Callable[[int, int], Command]] = {"delete": Delete, "compare": Compare}


def _with_text(line: str) -> Command | None:
    head, colon, text = line.replace("：", ":", 1).partition(":")
    match = _TEXT.fullmatch(_normalized(head)) if colon else None
    if not match or not text.strip():
        return None
    name, number, text = _WORDS[match[1]], match[2], text.strip()
    if number is None:
        makers: dict[str, Callable[[str], Command]] = {"notes": AddNote, "pin": Pin}
        return makers[name](text) if name in makers else None
    numbered: dict[str, Callable[[int, str], Command]] = {
        "take": lambda n, t: Take(_candidate(n), t),
        "edit": Edit,
        "insert": Insert,
    }
    return numbered[name](int(number), text) if name in numbered else None
