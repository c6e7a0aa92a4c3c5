"""A session with a person, or with a script of what a person would type."""

from client.session.actions import Action, Ask, Edit, Insert, Take, Write
from client.session.commands import (
    EditCandidate,
    EditSentence,
    Help,
    Hint,
    InsertAfter,
    Nothing,
    Quit,
    Typed,
    parse,
)
from client.session.events import Asking, Changed, OpeningNeeded, Problem, Proposed
from client.session.session import OPENING, Session
from client.terminal.keyboard import Reader
from client.terminal.screen import Screen

REMEMBERED = 5  # sentences shown of a story that is gone on with


class Conversation:
    """Prompts, and does what is answered, until the writer quits or the input ends."""

    def __init__(self, session: Session, reader: Reader, screen: Screen) -> None:
        self._session = session
        self._reader = reader
        self._screen = screen
        self._opening: int | None = None  # sentences written of an opening that is not complete
        self._unanswered = False

    def run(self) -> int:
        """Hold the session; return 1 if a script ended while the model had failed, else 0.

        Raises:
            KeyboardInterrupt: Ctrl-C, if nobody is there to go on.
            UnicodeDecodeError: a script that is not UTF-8.
        """
        lines = self._session.story.lines
        self._screen.story(lines, newest=REMEMBERED)
        if len(lines) < OPENING:
            self._screen.say("opening", count=OPENING - len(lines))
            self._screen.say("opening_fewer", count=OPENING)
        self._do(Ask())
        while self._turn():
            pass
        return int(self._unanswered and not self._reader.interactive)

    def _turn(self) -> bool:
        """Read one line and do it; return False at the end."""
        try:
            line = self._reader.line(self._prompt())
        except EOFError:
            if self._reader.interactive:
                self._screen.end_line()
            return False
        except KeyboardInterrupt:
            if not self._reader.interactive:
                raise
            self._screen.end_line()
            self._screen.say("how_to_quit")
            return True
        typed = parse(line)
        if isinstance(typed, Quit):
            return False
        self._answer(typed)
        return True

    def _answer(self, typed: Typed) -> None:
        match typed:
            case Help():
                self._screen.help()
            case Hint(key):
                self._screen.say(key)
            case EditCandidate(number):
                self._edit_candidate(number)
            case EditSentence(number):
                self._edit_sentence(number)
            case InsertAfter(number):
                if (text := self._ask_for("insert_prompt")) is not None:
                    self._do(Insert(number, text))
            case Nothing():
                self._nothing()
            case Quit():
                pass
            case action:
                self._do(action)

    def _prompt(self) -> str:
        if self._opening is None:
            return self._screen.text["prompt"]
        return self._screen.text["opening_prompt"].format(number=self._opening + 1, count=OPENING)

    def _do(self, action: Action) -> None:
        changed = False
        try:
            for event in self._session.handle(action):
                if not self._stands_there(action, event):
                    self._screen.show(event)
                self._notice(event)
                changed |= isinstance(event, Changed)
        except KeyboardInterrupt:
            if not self._reader.interactive:
                raise
            self._screen.say("cancelled")
            return
        if changed and isinstance(action, Write) and self._reader.waiting():
            return  # more of what was pasted comes first
        if changed:
            self._do(Ask())
        elif self._unanswered and self._reader.interactive:
            self._screen.say("what_now")

    def _stands_there(self, action: Action, event: object) -> bool:
        """Return whether an event says what the writer's own line above says already."""
        if not (self._reader.interactive and isinstance(action, Write | Take) and action.text):
            return False
        typed = [action.text.strip()]
        return isinstance(event, Changed) and [line.text for line in event.added] == typed

    def _notice(self, event: object) -> None:
        match event:
            case OpeningNeeded(written):
                self._opening = written
            case Asking():
                self._opening = None
                self._unanswered = True
            case Proposed() | Problem("no_candidates"):
                self._opening = None
                self._unanswered = False

    def _nothing(self) -> None:
        if self._opening == 0:
            self._screen.say("opening", count=OPENING)
        elif self._opening or not self._session.ranked:
            self._do(Ask(anyway=True))
        else:
            self._screen.say("nothing_typed")

    def _edit_candidate(self, number: int) -> None:
        ranked = self._session.ranked
        if number > len(ranked):
            self._do(Take(number))  # says that there is no such candidate
            return
        edited = self._ask_for("edit_prompt", ranked[number - 1].candidate.text)
        if edited is not None:
            self._do(Take(number, edited))

    def _edit_sentence(self, number: int) -> None:
        lines = self._session.story.lines
        if not 1 <= number <= len(lines):
            self._do(Edit(number, "-"))  # says that there is no such sentence
            return
        edited = self._ask_for("edit_prompt", lines[number - 1].text)
        if edited is not None:
            self._do(Edit(number, edited))

    def _ask_for(self, prompt: str, original: str = "") -> str | None:
        """Return what the writer makes of a text; None if nothing."""
        if original and not self._reader.prefills:
            self._screen.say("edit_original", text=original)
        try:
            text = self._reader.line(self._screen.text[prompt], prefill=original)
        except (EOFError, KeyboardInterrupt):
            if not self._reader.interactive:
                raise
            self._screen.end_line()
            return None
        return text if text.strip() else None
