"""Draws a session as lines of text: wrapped to the terminal's width, in colour where wanted.

Where there is no terminal, a line is a line: what reads it is a program.

Sentences have been through ``client.sentences.clean`` when they come here, the writer's own as well
as the model's, and what fills a message goes through it here: nothing shown can steer the terminal.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import TextIO

from wcwidth import clip, wrap

from client.ranking import Ranked
from client.sentences import clean
from client.session import Added, Asking, Event, Problem, Proposed, Removed, Saved

LONGEST_WRAPPED = 2_000  # characters; wcwidth's time grows with the square of a word's length

_BOLD, _DIM, _GREEN, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_CLEAR_LINE = "\r\x1b[K"


class Screen:
    """Where a session is shown.

    Attributes:
        text: the messages in the writer's language.
    """

    def __init__(self, text: Mapping[str, str], out: TextIO, errors: TextIO) -> None:
        self.text = text
        self._out = out
        self._errors = errors
        capable = out.isatty() and os.environ.get("TERM") != "dumb"
        # https://no-color.org: present and not empty
        self._coloured = capable and not os.environ.get("NO_COLOR")
        self._transient = capable
        self._wrapped = out.isatty()
        self._waiting = False

    def say(self, key: str, **fields: object) -> None:
        """Show a message; each of its lines is wrapped on its own."""
        for line in self._filled(key, fields).split("\n"):
            self._line(line, whole_words=True)  # a path in two pieces cannot be copied

    def complain(self, key: str, fields: Mapping[str, object]) -> None:
        """Show what went wrong, in one line on the error stream."""
        self._end_waiting()
        self._out.flush()
        print(self._filled(key, fields), file=self._errors, flush=True)

    def show(self, event: Event) -> None:
        """Show what came of a command."""
        match event:
            case Added(sentences):
                for sentence in sentences:
                    self._line(sentence, "▸ ", _GREEN)
            case Removed(sentence):
                self.say("removed", sentence=sentence)
            case Saved(path, count):
                self.say("saved", path=path, count=count)
            case Asking():
                self._begin_waiting()
            case Proposed(ranked):
                self._candidates(ranked)
            case Problem(key, fields):
                self.complain(key, fields)

    def story(self, sentences: Sequence[str], newest: int | None = None) -> None:
        """Show the story, or its newest sentences and how many there are before them."""
        before = max(0, len(sentences) - newest) if newest else 0
        if before:
            self.say("earlier", count=before)
        for sentence in sentences[before:]:
            self._line(sentence)

    def blank(self) -> None:
        """Show an empty line."""
        self._line("")

    def end_line(self) -> None:
        """Move below what the writer left half typed."""
        print(file=self._out, flush=True)

    def _filled(self, key: str, fields: Mapping[str, object]) -> str:
        return self.text[key].format(**{name: clean(str(it)) for name, it in fields.items()})

    def _candidates(self, ranked: Sequence[Ranked]) -> None:
        self.blank()
        for number, shown in enumerate(ranked, 1):
            reason = self._styled(f"({self.text[shown.reasons[0].value]})", _DIM)
            self._line(f"{shown.candidate.text}  {reason}", f"{number % 10}. ", _BOLD)
        self.blank()

    def _line(self, line: str, head: str = "", style: str = "", whole_words: bool = False) -> None:
        self._end_waiting()
        lines = [line]
        if self._wrapped and 0 < len(line) <= LONGEST_WRAPPED:
            width = max(20, self._columns()) - len(head)
            lines = wrap(line, width, break_long_words=not whole_words, break_on_hyphens=False)
        for i, part in enumerate(lines):
            margin = " " * len(head) if i else self._styled(head, style)
            print(f"{margin}{part}", file=self._out)
        self._out.flush()

    def _columns(self) -> int:
        # One column stays free: some terminals break a line that fills them.
        return shutil.get_terminal_size().columns - 1

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_OFF}" if self._coloured and style and text else text

    def _begin_waiting(self) -> None:
        if self._transient:
            line = clip(self.text["asking"], 0, self._columns())
            print(self._styled(line, _DIM), end="", file=self._out, flush=True)
            self._waiting = True

    def _end_waiting(self) -> None:
        if self._waiting:
            self._waiting = False
            print(_CLEAR_LINE, end="", file=self._out, flush=True)
