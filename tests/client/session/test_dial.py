"""The writer's dial 무난 ↔ 새로움, and the reasons that are shown with candidates."""

import re
from statistics import fmean

import pytest

from client.ranking import BOLDEST, SAFEST, Weights
from client.remote.sampling import Sampling
from client.session.actions import Ask, Dial, ShowDial, Take, Undo
from client.session.events import Dialled, Problem, Proposed
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.story import Story
from tests.client.conftest import OPENING, do, shown
from tests.client.terminal.pseudo_terminal import PROMPT

AGAIN, DIFFERENTLY = Ask("again", anyway=True), Ask("differently", anyway=True)


def mean(session, feature, first=3):
    return fmean(one.features[feature] for one in session.ranked[:first])


def test_the_dial_puts_what_is_there_in_another_order_at_once(session, server):
    do(session, Ask())
    safe = do(session, Dial(SAFEST))
    assert [type(event) for event in safe] == [Dialled, Proposed]
    assert safe[1].dial == session.dial == SAFEST
    likely, old = mean(session, "likelihood"), mean(session, "novelty")
    before = len(server.asked_for("suggest")) + len(server.asked_for("sample"))
    do(session, Dial(BOLDEST))
    assert mean(session, "likelihood") < likely
    assert mean(session, "novelty") > old
    assert len(server.asked_for("suggest")) + len(server.asked_for("sample")) == before
    table = shown(session)
    do(session, Take(4))
    assert session.story.sentences[-1] == table[3]


def test_turning_it_back_brings_the_same_order(session):
    do(session, Ask())
    first = shown(session)
    do(session, Dial(2))
    do(session, Dial(0))
    assert shown(session) == first


def test_the_dial_belongs_to_the_story_and_is_not_undone(session, new_session, story_file):
    do(session, Ask(), Dial(2), Take(1), Undo())
    assert session.dial == 2
    session.story.close()
    again = new_session(story_file)
    assert again.dial == 2
    assert do(again, ShowDial()) == [Dialled(2)]
    (proposed,) = do(again, Ask())
    assert proposed.dial == 2
    assert do(again, Dial(-1)) == [
        Dialled(-1)
    ]  # the rest of the candidates is gone with the session
    assert do(again, AGAIN)[-1].dial == -1


def test_it_has_ends(session):
    do(session, Ask())
    problem = Problem("no_such_dial", {"value": 4, "least": SAFEST, "most": BOLDEST})
    assert do(session, Dial(4)) == [problem]
    assert do(session, Dial(0)) == [Dialled(0)]  # as it was: nothing is asked or shown anew
    assert session.dial == 0


def test_differently_steers_away_from_everything_rejected_here(session, server):
    """Near copies of what was rejected are not shown, and what is like it comes later."""
    do(session, Ask())
    rejected = shown(session)
    compute = server.compute

    def answer(signature, inputs):
        if signature != "sample":
            return compute(signature, inputs)
        outputs = compute(signature, inputs)
        texts = outputs["candidates"].string_val
        texts[:3] = [text.replace(".", "지.").encode() for text in rejected[:3]]
        return outputs

    server.answer = answer
    do(session, DIFFERENTLY)
    fresh = shown(session)
    assert len(fresh) == 10
    assert not {text.replace("지.", ".") for text in fresh} & {*rejected}


def test_when_too_little_is_usable_the_model_is_asked_once_more(session, server):
    compute = server.compute

    def answer(signature, inputs):
        outputs = compute(signature, inputs)
        if signature in ("suggest", "sample"):
            texts = outputs["candidates"].string_val
            texts[:6] = [text.rstrip(b".") + b" \xea\xb7\xb8" for text in texts[:6]]  # unfinished
        return outputs

    server.answer = answer
    do(session, Ask())
    assert len(server.asked_for("sample")) == 2
    assert len({inputs["seed"][0] for inputs in server.asked_for("sample")}) == 2
    assert len(shown(session)) == 10


def test_the_weights_of_a_session(model, server, tmp_path):
    def first(weights, name):
        path = tmp_path / name
        path.write_text("\n".join(OPENING) + "\n", "utf-8")
        story = Story.open(str(path))
        session = Session(story, Proposer(model, Sampling(), 1, weights))
        do(session, Ask())
        story.close()
        return session.ranked[0].features["length"]

    assert first(Weights({"length": 1.0}), "a.txt") > first(Weights({"length": -1.0}), "b.txt")


def test_features_and_dial_are_in_the_journal(session, story_file):
    do(session, Ask(), Dial(1))
    events = [e for e in session.story._journal.path.read_text("utf-8").splitlines()]
    assert sum('"event":"proposed"' in line and '"cohesion":' in line for line in events) == 2
    assert sum('"event":"dial"' in line for line in events) == 1
    assert not any("embedding" in line for line in events)


@pytest.mark.parametrize("value", ["4", "-4", "1.5", "x"])
def test_a_dial_that_is_not_there(value, run, story_file, server):
    result = run(story_file, "--server", server.address, f"--dial={value}", check=2)
    assert result.stderr.count("\n") == 1


def test_the_dial_on_the_command_line(run, story_file, server):
    result = run(story_file, "--server", server.address, "--dial", -2, typed="끝\n", check=0)
    assert "무난 -o----- 새로움 (-2)" in result.stdout
    result = run(story_file, "--server", server.address, typed="ㅅ\n새로움 3\nt 0\n끝\n", check=0)
    scales = re.findall(r"무난 ([-o]+) 새로움 \(([-+0-9]+)\)", result.stdout)
    assert scales[0] == ("-o-----", "-2")  # it was kept
    assert ("------o", "+3") in scales
    assert scales[-1] == ("---o---", "0")


def test_without_a_terminal_the_strongest_reason_is_a_word(run, story_file, server):
    result = run(story_file, "--server", server.address, typed="끝\n", check=0)
    assert len(re.findall(r"^\d\. .*  \((?:문맥|새로움|자연스러움)\)$", result.stdout, re.M)) == 10
    assert not re.search("[▁-█]", result.stdout)


def test_at_a_terminal_reasons_are_bars(terminal, story_file):
    t = terminal(story_file, columns=100)
    seen = t.wait_for(PROMPT)
    assert len(re.findall(r"[▁-█]{3}\u00a0(?:문맥|새로움|자연스러움)", seen)) == 10
    assert "막대는 왼쪽부터 문맥, 새로움, 자연스러움입니다." in seen
    t.type("ㅅ 2\r")
    assert "무난 -----o- 새로움 (+2)" in t.wait_for("t 0")
    again = t.wait_for(PROMPT)
    assert "무난 -----o- 새로움 (+2)" in again
    assert "막대는" not in again  # said once
    t.type("ㅂ\r")
    assert t.end() == 0
