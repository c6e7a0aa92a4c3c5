"""``--json``: what a program sends and gets."""

import io
import json

import pytest

from client.json_lines import CommandError, JsonLines, read_command
from client.messages import ENGLISH
from client.session import actions
from client.session.actions import Ask, Compare, Delete, Dial, Export, ShowDial, Take, Write
from client.session.commands import EmptyLine, Quit
from tests.client.conftest import OPENING, shown
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ('{"command": "take", "number": 3}', Take(3)),
        ('{"command": "take", "number": 3, "text": "비."}', Take(3, "비.")),
        ('{"command": "write", "text": "끝"}', Write("끝")),
        ('{"command": "ask"}', Ask()),
        ('{"command": "ask", "how": "differently", "anyway": true}', Ask("differently", "", True)),
        ('{"command": "delete", "number": 3, "last": null}', Delete(3)),
        ('{"command": "compare", "branch": 1, "other": 2}', Compare(1, 2)),
        ('{"command": "export", "format": "md", "provenance": true}', Export("md", True)),
        ('{"command": "dial", "value": -2}', Dial(-2)),
        ('{"command": "show_dial"}', ShowDial()),
        ('{"command": "quit"}', Quit()),
        (" 3\r\n", Take(3)),
        ("다르게", Ask("differently", anyway=True)),
        ("비가 왔다.\n", Write("비가 왔다.")),
        ("\n", EmptyLine()),
    ],
)
def test_commands(line, command):
    assert read_command(line) == command


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("{", "json_bad"),
        ('{"command": "take", "number": 3', "json_bad"),
        ("{" * 100_000, "json_bad"),
        ("{}", "json_unknown"),
        ('{"command": 3}', "json_unknown"),
        ('{"command": ["take"]}', "json_unknown"),
        ('{"command": "dance"}', "json_unknown"),
        ('{"command": "take"}', "json_field_missing"),
        ('{"command": "take", "number": "3"}', "json_field"),
        ('{"command": "take", "number": true}', "json_field"),
        ('{"command": "take", "number": 3.0}', "json_field"),
        ('{"command": "take", "number": 3, "speed": 1}', "json_field"),
        ('{"command": "ask", "how": "quickly"}', "json_field"),
        ('{"command": "write", "text": null}', "json_field"),
        ("e 3", "json_needs_text"),
        ("x", "delete_which"),
        ("?", "json_help"),
    ],
)
def test_what_is_no_command(line, key):
    with pytest.raises(CommandError) as caught:
        read_command(line)
    assert caught.value.key == key


def talk(session, *lines, **opened):
    out = io.StringIO()
    typed = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    code = JsonLines(session, io.StringIO("\n".join(typed)), out, ENGLISH).run(**opened)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def of(events, name):
    return [event for event in events if event["event"] == name]


def test_a_session(session, server):
    code, events = talk(
        session,
        {"command": "ask"},
        {"command": "take", "number": 2},
        {"command": "edit", "number": 1, "text": "새벽이었다."},
        {"command": "list_branches"},
        {"command": "add_note", "text": "등불"},
        {"command": "delete", "number": 99},
        "not {json}",
        "{not json}",
        {"command": "quit"},
        {"command": "undo"},
        model="soseol",
    )
    assert code == 0
    opened = events[0]
    assert (opened["event"], opened["model"]) == ("opened", "soseol")
    assert opened["sentences"][0] == {"text": OPENING[0], "author": "writer"}
    (proposed,) = of(events, "proposed")
    assert len(proposed["candidates"]) == 10
    assert set(proposed["candidates"][0]) == {
        "text", "log_prob", "token_count", "relevance", "reasons", "strongest",
    }  # fmt: skip
    for one in proposed["candidates"]:
        assert set(one["reasons"]) == {"fitting", "new", "natural"}
        assert all(0 <= share <= 1 for share in one["reasons"].values())
        assert one["reasons"][one["strongest"]] == max(one["reasons"].values())
    take, edit, write = of(events, "changed")
    assert take["added"] == [{"text": proposed["candidates"][1]["text"], "author": "model"}]
    assert (take["how"], take["number"], take["sentences"]) == ("take", 6, 6)
    assert (edit["removed"][0]["text"], edit["number"]) == (OPENING[0], 1)
    assert write["added"][0]["text"] == "not {json}"
    (branches,) = of(events, "branches")
    assert branches["branches"][0]["here"] is True
    assert of(events, "notes")[0]["notes"] == [{"text": "등불", "sentence": 6}]
    gone, bad = of(events, "problem")
    assert (gone["key"], gone["fields"]) == ("no_such_sentence", {"number": 99, "count": 6})
    assert gone["message"] == "There is no sentence 99. Sentences in the story: 6."
    assert bad["key"] == "json_bad"
    assert len(of(events, "done")) == 8
    assert events[-1] == {"event": "done"}


def test_a_failed_request_is_the_exit_code(session, server):
    server.answer = lambda signature, inputs: {}
    assert talk(session, "r")[0] == 1
    server.answer = server.compute
    assert talk(session, "r")[0] == 0


def test_lone_surrogates_and_long_lines(session):
    code, events = talk(
        session, '{"command": "write", "text": "\\ud800비\\u0000가."}', "가" * 34_000
    )
    assert code == 0
    assert [e["added"][0]["text"] for e in of(events, "changed")] == ["비가.", "가" * 34_000]


def test_what_it_shows_is_what_can_be_taken(session):
    _, events = talk(session, {"command": "ask"}, {"command": "ask", "how": "again"})
    assert [r["text"] for r in of(events, "proposed")[-1]["candidates"]] == shown(session)


def test_every_command_and_event_is_documented():
    page = (ROOT / "docs" / "writing.md").read_text("utf-8")
    from client.json_lines import _ACTIONS, _snake
    from client.session import events

    names = [*_ACTIONS, *(_snake(kind.__name__) for kind in events.Event.__args__)]
    assert not [name for name in [*names, "opened", "done", "quit"] if f"`{name}`" not in page]
    for kind in actions.Action.__args__:
        fields = kind.__dataclass_fields__
        assert not [name for name in fields if f"`{name}`" not in page], kind
