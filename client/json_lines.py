"""A session for programs (``--json``): one command per line in, one JSON event per line out.

docs/writing.md documents the commands and events.
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
    EmptyLine,
    Help,
    Hint,
    InsertAfter,
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
    """A line that is not a command.

    Attributes:
        key: the message for it, a key of ``client.messages``.
        fields: the values for the message's placeholders.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.fields = values


class JsonLines:
    """Reads commands from ``lines`` and writes events to ``out``, until end of file or ``quit``."""

    def __init__(
        self, session: Session, lines: TextIO, out: TextIO, text: Mapping[str, str]
    ) -> None:
        self._session = session
        self._lines = lines
        self._out = out
        self._text = text

    def run(self, **opened: object) -> int:
        """Run the session; ``opened`` are more fields of its first event. Return the exit code.

        Returns:
            1 if the last request to the model failed, else 0.

        Raises:
            UnicodeDecodeError: a line is not UTF-8.
        """
        story = self._session.story
        self._write({
            "event": "opened",
            "path": str(story.path),
            "sentences": _jsonable(story.lines),
            **opened,
        })  # fmt: skip
        for event in self._session.begin():
            self.show(event)
        unanswered = False
        for line in self._lines:
            try:
                command = read_command(line)
            except CommandError as error:
                self.show(Problem(error.key, error.fields))
                command = EmptyLine()
            if isinstance(command, Quit):
                break
            for event in () if isinstance(command, EmptyLine) else self._session.handle(command):
                self.show(event)
                match event:
                    case Asking():
                        unanswered = True
                    case Proposed() | Problem("no_candidates"):
                        unanswered = False
            self._write({"event": "done"})
        return int(unanswered)

    def show(self, event: Event) -> None:
        """Write an event; notices and problems get their message in the writer's language."""
        record = event_record(event)
        if "key" in record:
            named = {name: clean(str(value)) for name, value in record["fields"].items()}
            record["message"] = self._text[record["key"]].format(**named)
        self._write(record)

    def _write(self, record: Mapping[str, object]) -> None:
        print(json.dumps(record, ensure_ascii=False), file=self._out, flush=True)


def event_record(event: Event) -> dict[str, Any]:
    """Return an event as a JSON object."""
    values = {field.name: _jsonable(getattr(event, field.name)) for field in fields(event)}
    return {"event": _snake(type(event).__name__), **values}


def _jsonable(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Ranked):
        return {**ranked_record(value, features=False), "strongest": value.strongest.value}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    elif is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _jsonable(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_jsonable(one) for one in value]
    known = value is None or isinstance(value, str | int | float)
    return value if known else str(value)  # an exception among a problem's fields


def read_command(line: str) -> Action | Quit | EmptyLine:
    """Parse a line: a JSON object, or what a writer would type.

    Raises:
        CommandError: it is neither.
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
        case command:
            return command


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
    return type(value) is hint  # so that True is not taken for 1
