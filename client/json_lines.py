"""A session for programs: one command a line comes in, one JSON object a line goes out.

docs/writing.md says what every command and event holds.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, Literal, TextIO, get_args, get_origin, get_type_hints

from client.ranking import Ranked
from client.sentences import clean
from client.session.actions import Action
from client.session.commands import (
    EditCandidate,
    EditSentence,
    Help,
    Hint,
    InsertAfter,
    Nothing,
    Quit,
    parse,
)
from client.session.events import Asking, Event, Problem, Proposed
from client.session.session import Session
from client.story.history import ranked_record

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


_ACTIONS: dict[str, Any] = {_snake(kind.__name__): kind for kind in get_args(Action)}


class CommandError(ValueError):
    """A line that is no command; the message ``key`` of ``client.messages`` says why."""

    def __init__(self, key: str, **named: object) -> None:
        super().__init__(key, named)
        self.key = key
        self.named = named


class JsonLines:
    """Reads commands from ``lines`` and writes events to ``out``, until the end or ``quit``."""

    def __init__(
        self, session: Session, lines: TextIO, out: TextIO, text: Mapping[str, str]
    ) -> None:
        self._session = session
        self._lines = lines
        self._out = out
        self._text = text

    def run(self, **opened: object) -> int:
        """Hold the session; ``opened`` goes into its first event. Return the exit code.

        Returns:
            1 if the last request to the model failed, else 0.

        Raises:
            UnicodeDecodeError: a line is not UTF-8.
        """
        story = self._session.story
        self._put({
            "event": "opened",
            "path": str(story.path),
            "sentences": _plain(story.lines),
            **opened,
        })  # fmt: skip
        for event in self._session.begin():
            self.show(event)
        unanswered = False
        for line in self._lines:
            try:
                command = read_command(line)
            except CommandError as error:
                self.show(Problem(error.key, error.named))
                command = Nothing()
            if isinstance(command, Quit):
                break
            for event in () if isinstance(command, Nothing) else self._session.handle(command):
                self.show(event)
                match event:
                    case Asking():
                        unanswered = True
                    case Proposed() | Problem("no_candidates"):
                        unanswered = False
            self._put({"event": "done"})
        return int(unanswered)

    def show(self, event: Event) -> None:
        """Write an event; a notice or problem with its message in the writer's language."""
        record = event_record(event)
        if "key" in record:
            named = {name: clean(str(value)) for name, value in record["fields"].items()}
            record["message"] = self._text[record["key"]].format(**named)
        self._put(record)

    def _put(self, record: Mapping[str, object]) -> None:
        print(json.dumps(record, ensure_ascii=False), file=self._out, flush=True)


def event_record(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it."""
    record = {"event": _snake(type(event).__name__)}
    return {**record, **{field.name: _plain(getattr(event, field.name)) for field in fields(event)}}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Ranked):
        return {**ranked_record(value, features=False), "strongest": value.strongest.value}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    elif is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    known = value is None or isinstance(value, str | int | float)
    return value if known else str(value)  # an exception in a problem's fields


def read_command(line: str) -> Action | Quit | Nothing:
    """Return what a line asks for: a JSON object, or what a writer would type.

    Raises:
        CommandError: neither.
    """
    if line.lstrip().startswith("{"):
        return _from_json(line)
    match parse(line.rstrip("\r\n")):
        case EditCandidate() | EditSentence() | InsertAfter():
            raise CommandError("json_needs_text")
        case Hint(key):
            raise CommandError(key)
        case Help():
            raise CommandError("json_help")
        case typed:
            return typed


def _from_json(line: str) -> Action | Quit:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise CommandError("json_bad") from None
    name = record.pop("command", None)
    if name == "quit" and not record:
        return Quit()
    if not isinstance(name, str) or name not in _ACTIONS:
        known = ", ".join([*_ACTIONS, "quit"])
        raise CommandError("json_unknown", name=name, known=known)
    kind = _ACTIONS[name]
    hints = get_type_hints(kind)
    for field, value in record.items():
        if field not in hints or not _fits(value, hints[field]):
            raise CommandError("json_field", name=name, field=field)
    try:
        return kind(**record)  # type: ignore[no-any-return]
    except TypeError:
        raise CommandError("json_field_missing", name=name, fields=", ".join(hints)) from None


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    return type(value) is hint  # True is no number here
