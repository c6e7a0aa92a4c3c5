"""A session with a person, or with a script of what a person would type."""

from client.commands import Edit, Help, Nothing, Quit, parse
from client.reading import Reader
from client.screen import Screen
from client.session import (
    OPENING,
    Added,
    Ask,
    Asking,
    Command,
    OpeningNeeded,
    Problem,
    Proposed,
    Removed,
    Save,
    Session,
    Take,
    Undo,
    Write,
)

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
        sentences = self._session.story.sentences
        self._screen.story(sentences, newest=REMEMBERED)
        if len(sentences) < OPENING:
            self._screen.say("opening", count=OPENING - len(sentences))
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
        match parse(line):
            case Quit():
                return False
            case Help():
                self._screen.say("help")
            case Edit(index):
                self._edit(index)
            case Nothing():
                self._nothing()
            case Take() | Write() | Ask() | Undo() | Save() as command:
                self._do(command)
        return True

    def _prompt(self) -> str:
        if self._opening is None:
            return self._screen.text["prompt"]
        return self._screen.text["opening_prompt"].format(number=self._opening + 1, count=OPENING)

    def _do(self, command: Command) -> None:
        changed = False
        try:
            for event in self._session.handle(command):
                self._screen.show(event)
                self._notice(event)
                changed |= isinstance(event, Added | Removed)
        except KeyboardInterrupt:
            if not self._reader.interactive:
                raise
            self._screen.say("cancelled")
            return
        if changed:
            self._do(Ask())
        elif self._unanswered and self._reader.interactive:
            self._screen.say("what_now")

    def _notice(self, event: object) -> None:
        match event:
            case OpeningNeeded(written):
                self._opening = written
            case Asking():
                self._opening = None
                self._unanswered = True
            case Proposed() | Problem("no_candidates"):
                self._unanswered = False

    def _nothing(self) -> None:
        if self._opening == 0:
            self._screen.say("opening", count=OPENING)
        elif self._opening or not self._session.ranked:
            self._do(Ask(anyway=True))
        else:
            self._screen.say("nothing_typed")

    def _edit(self, index: int | None) -> None:
        ranked = self._session.ranked
        if index is None:
            self._screen.say("edit_which")
            return
        if index >= len(ranked):
            self._do(Take(index))  # says that there is no such candidate
            return
        original = ranked[index].candidate.text
        if not self._reader.prefills:
            self._screen.say("edit_original", text=original)
        try:
            edited = self._reader.line(self._screen.text["edit_prompt"], prefill=original)
        except (EOFError, KeyboardInterrupt):
            if not self._reader.interactive:
                raise
            self._screen.end_line()
            return
        self._do(Take(index) if edited == original else Write(edited))
