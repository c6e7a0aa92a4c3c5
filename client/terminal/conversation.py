"""An interactive session, or a script of what a writer would type."""

from client.session.actions import Action, Ask, Edit, Insert, Take, Write
from client.session.commands import (
    Command,
    EditCandidate,
    EditSentence,
    EmptyLine,
    Help,
    Hint,
    InsertAfter,
    Quit,
    parse,
)
from client.session.events import Asking, Changed, OpeningNeeded, Problem, Proposed
from client.session.session import OPENING_SENTENCES, Session
from client.terminal.keyboard import Reader
from client.terminal.screen import Screen

RECAP_SENTENCES = 5  # shown when a story is continued


class Conversation:
    """Prompts for lines and handles them, until the writer quits or the input ends."""

    def __init__(self, session: Session, reader: Reader, screen: Screen) -> None:
        self._session = session
        self._reader = reader
        self._screen = screen
        self._opening: int | None = None  # sentences of an incomplete opening
        self._unanswered = False

    def run(self) -> int:
        """Run the session; return 1 if a script's last request to the model failed, else 0.

        Raises:
            KeyboardInterrupt: Ctrl-C during a script.
            UnicodeDecodeError: the script is not UTF-8.
        """
        lines = self._session.story.lines
        self._screen.story(lines, newest=RECAP_SENTENCES)
        if len(lines) < OPENING_SENTENCES:
            self._screen.say("opening", count=OPENING_SENTENCES - len(lines))
            self._screen.say("opening_fewer", count=OPENING_SENTENCES)
        self._perform(Ask())
        while self._turn():
            pass
        return int(self._unanswered and not self._reader.interactive)

    def _turn(self) -> bool:
        """Read and handle one line; return False at the end."""
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
        command = parse(line)
        if isinstance(command, Quit):
            return False
        self._handle(command)
        return True

    def _handle(self, command: Command) -> None:
        match command:
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
                    self._perform(Insert(number, text))
            case EmptyLine():
                self._handle_empty_line()
            case Quit():
                pass
            case action:
                self._perform(action)

    def _prompt(self) -> str:
        if self._opening is None:
            return self._screen.text["prompt"]
        prompt = self._screen.text["opening_prompt"]
        return prompt.format(number=self._opening + 1, count=OPENING_SENTENCES)

    def _perform(self, action: Action) -> None:
        changed = False
        try:
            for event in self._session.handle(action):
                if not self._is_visible(action, event):
                    self._screen.show(event)
                self._update(event)
                changed |= isinstance(event, Changed)
        except KeyboardInterrupt:
            if not self._reader.interactive:
                raise
            self._screen.say("cancelled")
            return
        if changed and isinstance(action, Write) and self._reader.has_pending_input():
            return  # handle the rest of a paste first
        if changed:
            self._perform(Ask())
        elif self._unanswered and self._reader.interactive:
            self._screen.say("what_now")

    def _is_visible(self, action: Action, event: object) -> bool:
        """Return whether the line that the writer typed already shows the event."""
        if not (self._reader.interactive and isinstance(action, Write | Take) and action.text):
            return False
        typed = [action.text.strip()]
        return isinstance(event, Changed) and [line.text for line in event.added] == typed

    def _update(self, event: object) -> None:
        match event:
            case OpeningNeeded(written):
                self._opening = written
            case Asking():
                self._opening = None
                self._unanswered = True
            case Proposed() | Problem("no_candidates"):
                self._opening = None
                self._unanswered = False

    def _handle_empty_line(self) -> None:
        if self._opening == 0:
            self._screen.say("opening", count=OPENING_SENTENCES)
        elif self._opening or not self._session.ranked:
            self._perform(Ask(anyway=True))
        else:
            self._screen.say("nothing_typed")

    def _edit_candidate(self, number: int) -> None:
        ranked = self._session.ranked
        if number > len(ranked):
            self._perform(Take(number))  # reports that there is no such candidate
            return
        edited = self._ask_for("edit_prompt", ranked[number - 1].candidate.text)
        if edited is not None:
            self._perform(Take(number, edited))

    def _edit_sentence(self, number: int) -> None:
        lines = self._session.story.lines
        if not 1 <= number <= len(lines):
            self._perform(Edit(number, "-"))  # reports that there is no such sentence
            return
        edited = self._ask_for("edit_prompt", lines[number - 1].text)
        if edited is not None:
            self._perform(Edit(number, edited))

    def _ask_for(self, prompt: str, original: str = "") -> str | None:
        """Return the text that the writer enters, None if none; ``original``: to edit."""
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
