"""Prints a session: wrapped to the terminal's width, in colour unless that is switched off.

Without a terminal nothing is wrapped, for a program to read.

Sentences were cleaned by ``client.sentences.clean`` before, the writer's as well as the model's,
and values for messages are cleaned here, so that nothing shown can control the terminal.
"""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TextIO

from wcwidth import clip, ljust, wcswidth, wrap

from client.ranking import BOLDEST, SAFEST, Ranked, Reason
from client.sentences import clean
from client.session.comparison import Row
from client.session.events import (
    Asking,
    Branches,
    Changed,
    Compared,
    Dialled,
    Event,
    Exported,
    Notes,
    Notice,
    Problem,
    Proposed,
    Retrying,
    Saved,
    WholeStory,
)
from client.story.manuscript import Author, Line
from client.terminal.escapes import enable_escapes

MAX_WRAPPED = 2_000  # characters; wcwidth takes quadratic time in the length of a word
MAX_CHANGED = 6  # sentences shown as removed, and as added, of one change
MIN_COMPARISON_COLUMNS = 44  # for two branches side by side
MIN_HELP_COLUMNS = 60  # for the help in two columns
HELP_INDENT = 4  # columns of its continuation lines, if there are fewer
MIN_COLUMNS = 12  # to wrap lines to, however few there are

# Before a numbered sentence; ASCII, because terminals disagree on the width of other marks.
MARKS = {Author.WRITER: " ", Author.MODEL: "*", Author.EDITED: "+"}

_BOLD, _DIM, _GREEN, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_CLEAR_LINE = "\r\x1b[K"
_BARS = "▁▂▃▄▅▆▇█"
_NO_BREAK_SPACE = "\u00a0"  # no-break space
_COLUMNS = re.compile(r"(.*?)(?:(  +)(.*))?")  # of a line of help


class Screen:
    """Prints to a terminal, file or pipe.

    Attributes:
        text: the messages in the writer's language.
    """

    def __init__(self, text: Mapping[str, str], out: TextIO, errors: TextIO) -> None:
        self.text = text
        self._out = out
        self._errors = errors
        capable = enable_escapes(out)
        # https://no-color.org: present and not empty
        self._coloured = capable and not os.environ.get("NO_COLOR")
        self._transient = capable
        self._wrapped = out.isatty()
        self._waiting = False
        self._bars_explained = False

    def say(self, key: str, **fields: object) -> None:
        """Print a message; each of its lines is wrapped separately."""
        for line in self._filled(key, fields).split("\n"):
            self._line(line, whole_words=True)  # a path in two pieces cannot be copied

    def help(self) -> None:
        """Print the commands."""
        tabular = not self._wrapped or self._columns() >= MIN_HELP_COLUMNS - 1
        for line in self.text["help"].split("\n"):
            command, gap, meaning = _COLUMNS.fullmatch(line).groups("")  # type: ignore[union-attr]
            if gap and tabular:
                self._line(meaning, command + gap)
            else:
                self._line(command + gap[:2] + meaning, hanging=HELP_INDENT if gap else 0)

    def show_error(self, key: str, fields: Mapping[str, object]) -> None:
        """Print an error message to the error stream, on one line unless that is a terminal."""
        self._end_waiting()
        self._out.flush()
        line = self._filled(key, fields)
        lines = [line] if not self._errors.isatty() else self._parts(line, whole_words=True)
        print(*lines, sep="\n", file=self._errors, flush=True)

    def show(self, event: Event) -> None:  # noqa: PLR0912
        """Print an event."""
        match event:
            case Changed():
                self._change(event)
            case Asking():
                self._begin_waiting()
            case Retrying(address):
                self._begin_waiting("retrying", address=address)
            case Proposed():
                self._candidates(event)
            case Branches():
                self._branches(event)
            case Compared():
                self._comparison(event)
            case Notes():
                self._notes(event)
            case Dialled(value):
                self._dial(value)
                self.say("dial_turning")
            case WholeStory(sentences):
                self._whole(sentences)
            case Exported(path):
                self.say("exported", path=path)
            case Saved(path, count):
                self.say("saved", path=path, count=count)
            case Notice(key, fields):
                self.say(key, **fields)
            case Problem(key, fields):
                self.show_error(key, fields)

    def story(self, lines: Sequence[Line], newest: int | None = None) -> None:
        """Print the story, or its ``newest`` sentences and how many precede them."""
        skipped = max(0, len(lines) - newest) if newest else 0
        if skipped:
            self.say("earlier", count=skipped)
        for line in lines[skipped:]:
            self._line(line.text)

    def blank(self) -> None:
        """Print an empty line."""
        self._line("")

    def end_line(self) -> None:
        """End the line on which the writer stopped typing."""
        print(file=self._out, flush=True)

    def _filled(self, key: str, fields: Mapping[str, object]) -> str:
        return self.text[key].format(**{name: clean(str(it)) for name, it in fields.items()})

    def _change(self, change: Changed) -> None:
        """Print a change: appended sentences as they are, others with their numbers."""
        end = change.number + len(change.added) - 1
        if change.how in ("write", "take") and end == change.sentences:
            for line in change.added:
                self._line(line.text, "▸ ", _GREEN)
            return
        self.say(f"changed_{change.how}")
        for line in change.removed[:MAX_CHANGED]:
            self._line(line.text, "- ", _DIM)
        for number, line in enumerate(change.added[:MAX_CHANGED], change.number):
            self._line(line.text, f"+ {number} ", _GREEN)
        more = max(0, len(change.removed) - MAX_CHANGED) + max(0, len(change.added) - MAX_CHANGED)
        if more:
            self.say("more_changed", count=more)
        if change.sentences > end:
            self.say("sentences_follow", count=change.sentences - end)

    def _candidates(self, event: Proposed) -> None:
        self.blank()
        if event.prefix:
            self.say("begun")
        for number, shown in enumerate(event.candidates, 1):
            reason = self._styled(self._reason(shown), _DIM)
            text = self._with_dim_prefix(shown.candidate.text, event.prefix)
            self._line(f"{text}  {reason}", f"{number % 10}. ", _BOLD)
        if self._transient and not self._bars_explained:
            words = ", ".join(self.text[reason.value] for reason in Reason)
            self._line(self._styled(self.text["bars"].format(reasons=words), _DIM))
            self._bars_explained = True
        if event.dial:
            self._dial(event.dial)
        self.blank()

    def _with_dim_prefix(self, text: str, prefix: str) -> str:
        """Return a candidate with the writer's own beginning dimmed."""
        if not text.startswith(prefix):
            return text
        length = len(prefix.rstrip())
        return self._styled(text[:length], _DIM) + text[length:]

    def _dial(self, value: int) -> None:
        self.say("dial", scale=_scale(value), value=f"{value:+}" if value else 0)

    def _reason(self, ranked: Ranked) -> str:
        """Return a candidate's strongest reason, on a terminal after a bar for each reason."""
        word = self.text[ranked.strongest.value]
        if not self._transient:
            return f"({word})"
        bars = "".join(map(_bar, (ranked.reasons[reason] for reason in Reason)))
        return f"{bars}{_NO_BREAK_SPACE}{word}"

    def _branches(self, event: Branches) -> None:
        for branch in event.branches:
            key = "branch_here" if branch.here else "branch"
            self.say(
                key, number=branch.number, sentences=branch.sentences, common=branch.common,
                last=branch.last,
            )  # fmt: skip
        self.say("branches_hint")

    def _comparison(self, event: Compared) -> None:
        name = self.text["branch_number"].format
        left = self.text["here"] if event.left is None else name(number=event.left)
        right = name(number=event.right)
        self.say("compared", left=left, right=right, common=event.common)
        if self._wrapped and self._columns() >= MIN_COMPARISON_COLUMNS:
            width = (self._columns() - 3) // 2
            for row in event.rows:
                self._side_by_side(row, width)
            return
        for row in event.rows:
            for branch, text in ((left, row.left), (right, row.right)):
                if text is not None:
                    self._line(text, f"{branch} | ")

    def _side_by_side(self, row: Row, width: int) -> None:
        cells = [wrap((text or "")[:MAX_WRAPPED], width) for text in (row.left, row.right)]
        for left, right in zip_longest(*cells, fillvalue=""):
            bar = "=" if row.same else "|"
            print(f"{ljust(left, width)} {bar} {right}".rstrip(), file=self._out)
        self._out.flush()

    def _notes(self, event: Notes) -> None:
        if event.pinned:
            self.say("pinned", text=event.pinned)
        else:
            self.say("pinned_nothing")
        for number, note in enumerate(event.notes, 1):
            self.say("note", number=number, sentence=note.sentence, text=note.text)
        if not event.notes:
            self.say("notes_none")

    def _whole(self, lines: Sequence[Line]) -> None:
        digits = len(str(len(lines)))
        for number, line in enumerate(lines, 1):
            self._line(line.text, f"{number:>{digits}}{MARKS[line.author]} ", _DIM)
        self.say("story_legend", count=len(lines))

    def _line(
        self,
        line: str,
        head: str = "",
        style: str = "",
        whole_words: bool = False,
        hanging: int = 0,
    ) -> None:
        """Print a line after ``head``, wrapped beside it or with a hanging indent."""
        self._end_waiting()
        beside = wcswidth(head)
        lines = self._parts(line, beside, whole_words, hanging) if self._wrapped else [line]
        for i, part in enumerate(lines):
            margin = " " * beside if i else self._styled(head, style)
            print(f"{margin}{part}", file=self._out)
        self._out.flush()

    def _parts(
        self, line: str, beside: int = 0, whole_words: bool = False, hanging: int = 0
    ) -> list[str]:
        """Return a line wrapped to the terminal, less ``beside`` columns."""
        if not 0 < len(line) <= MAX_WRAPPED:
            return [line]
        return wrap(
            line,
            max(MIN_COLUMNS, self._columns()) - beside,
            subsequent_indent=" " * hanging,
            break_long_words=not whole_words,
            break_on_hyphens=False,
        )

    def _columns(self) -> int:
        # One column stays free: some terminals wrap a line that fills all of them.
        return shutil.get_terminal_size().columns - 1

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_OFF}" if self._coloured and style and text else text

    def _begin_waiting(self, key: str = "asking", **fields: object) -> None:
        """Print a line that the next output replaces."""
        self._end_waiting()
        if self._transient:
            line = clip(self._filled(key, fields), 0, self._columns())
            print(self._styled(line, _DIM), end="", file=self._out, flush=True)
            self._waiting = True

    def _end_waiting(self) -> None:
        if self._waiting:
            self._waiting = False
            print(_CLEAR_LINE, end="", file=self._out, flush=True)


def _bar(share: float) -> str:
    """Return a one-column bar of height ``share``, 0 to 1."""
    return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]


def _scale(dial: int) -> str:
    """Return a scale with the dial's position marked."""
    return "".join("o" if value == dial else "-" for value in range(SAFEST, BOLDEST + 1))
