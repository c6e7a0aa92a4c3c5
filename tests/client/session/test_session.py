"""What a session does with a story and a model server."""

import time

import grpc
import pytest

from client.ranking import comparison_key
from client.remote import predict_pb2 as pb
from client.remote.model import FIRST_SENTENCES, SENTENCE_CHARACTERS, STORY_BYTES, Model
from client.remote.sampling import Sampling
from client.session.actions import Ask, Save, Take, Undo, Write
from client.session.events import Asking, Changed, OpeningNeeded, Problem, Proposed, Retrying, Saved
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.manuscript import Author, Line
from client.story.story import Story
from tests.client.conftest import (
    OPENING,
    ModelServer,
    Refusal,
    candidate_outputs,
    do,
    sentences,
    shown,
    tensor,
)

AGAIN, DIFFERENTLY = Ask("again", anyway=True), Ask("differently", anyway=True)


def added(*texts, author=Author.WRITER, number=6, how="write"):
    return Changed(how, number, (), tuple(Line(t, author) for t in texts), number + len(texts) - 1)


def test_a_turn_asks_and_ranks(session, server):
    asking, proposed = do(session, Ask())
    assert isinstance(asking, Asking)
    assert isinstance(proposed, Proposed)
    assert len(proposed.candidates) == 10
    names = sorted(name for name, _ in server.requests)
    assert names == ["embed", "sample", "score", "score", "suggest"]  # sixteen, the rest
    (suggest,) = server.asked_for("suggest")
    assert suggest["story"] == ["\n".join(OPENING).encode()]
    (embed,) = server.asked_for("embed")
    assert embed["sentence"] == [s.encode() for s in OPENING]


def test_taking_saves_and_asks_for_no_vector_twice(session, server, story_file):
    do(session, Ask())
    second = shown(session)[1]
    assert do(session, Take(2)) == [added(second, author=Author.MODEL, how="take")]
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, second]
    assert session.ranked == ()
    do(session, Ask())
    assert len(server.asked_for("embed")) == 1
    assert do(session, Write("직접 썼다. 또 썼다.")) == [added("직접 썼다.", "또 썼다.", number=7)]
    do(session, Ask())
    assert server.asked_for("embed")[-1]["sentence"] == ["직접 썼다.".encode(), "또 썼다.".encode()]


def test_asking_again_brings_others_and_differently_steers_away(session, server):
    do(session, Ask())
    first = shown(session)
    do(session, AGAIN)
    second = shown(session)
    do(session, DIFFERENTLY)
    third = shown(session)
    assert len(second) == len(third) == 10
    assert not {*first} & {*second} and not {*first, *second} & {*third}  # noqa: PT018
    assert len(server.asked_for("suggest")) == 1
    samples = server.asked_for("sample")
    avoided = [len(s["avoid"][0].splitlines()) for s in samples]
    assert avoided == [0, 0, 0, 20, 20]
    assert [s["diversity"][0] for s in samples] == [0.5, 0.5, 0.5, 1, 1]
    assert len({s["seed"][0] for s in samples}) == 5


def test_what_was_shown_at_a_place_comes_back_with_undo_without_a_request(session, server):
    do(session, Ask(), AGAIN)
    second = shown(session)
    do(session, Take(3), Ask(), Undo())
    before = len(server.requests)
    (proposed,) = do(session, Ask())
    assert proposed.shown_before
    assert shown(session) == second
    assert len(server.requests) == before
    do(session, DIFFERENTLY)
    assert len(server.asked_for("sample")[-1]["avoid"][0].splitlines()) == 20


def test_what_was_shown_comes_back_in_another_session(session, new_session, server, story_file):
    do(session, Ask())
    table = shown(session)
    session.story.close()
    again = new_session(story_file)
    before = len(server.requests)
    do(again, Ask())
    assert shown(again) == table
    assert len(server.requests) == before
    assert do(again, Take(2)) == [added(table[1], author=Author.MODEL, how="take")]
    assert isinstance(do(again, Ask())[-1], Proposed)


def test_a_begun_sentence_is_finished(session, server):
    do(session, Ask())
    first = shown(session)
    do(session, Ask(prefix="등불이 천천히"))
    assert all(text.startswith("등불이 천천히 ") for text in shown(session))
    prefixes = {s["prefix"][0].decode() for s in server.asked_for("sample")}
    assert prefixes == {"", "등불이 천천히"}
    do(session, Ask(prefix=" 등불이  천천히\u3000"))  # that the word is complete, the model is told
    assert server.asked_for("sample")[-1]["prefix"] == ["등불이 천천히 ".encode()]
    assert all(text.startswith("등불이 천천히 ") for text in shown(session))
    assert len(server.asked_for("suggest")) == 1
    before = shown(session)
    do(session, AGAIN)  # the same beginning
    assert all(text.startswith("등불이 천천히 ") for text in shown(session))
    assert not {*before} & {*shown(session)}
    (proposed,) = do(session, Ask())  # no beginning
    assert proposed.prefix == ""
    assert shown(session) == first
    do(session, Ask(prefix="등불이 천천히"))
    finished = shown(session)[4]
    assert do(session, Take(5)) == [added(finished, author=Author.EDITED, how="take")]


def test_who_wrote_an_edited_candidate(session):
    do(session, Ask())
    do(session, Take(1, f"그날 {shown(session)[0]}"), Ask())
    do(session, Take(1, "Quite different."), Ask())
    do(session, Take(1, shown(session)[0]))
    authors = [line.author for line in session.story.lines[5:]]
    assert authors == [Author.EDITED, Author.WRITER, Author.MODEL]


def test_a_session_can_be_repeated(new_session, tmp_path):
    def play(seed, name):
        (tmp_path / name).write_text("\n".join(OPENING), "utf-8")
        session = new_session(tmp_path / name, seed)
        seen = []
        for action in (Ask(), Take(3), Ask(), AGAIN, DIFFERENTLY, Take(1), Ask()):
            do(session, action)
            seen.append(shown(session))
        return seen

    assert play(1, "a.txt") == play(1, "b.txt")
    assert play(1, "c.txt") != play(2, "d.txt")


def test_the_opening(new_session, tmp_path):
    session = new_session(tmp_path / "new.txt")
    assert do(session, Ask()) == [OpeningNeeded(0)]
    assert do(session, Write(" \x1b[2J\n")) == []
    do(session, Write("하나. 둘."))
    assert do(session, Ask()) == [OpeningNeeded(2)]
    assert isinstance(do(session, Ask(anyway=True))[-1], Proposed)
    # Who began with fewer is not asked for the rest later.
    assert isinstance(do(session, Take(1), Ask())[-1], Proposed)


def test_save_says_where(session, story_file):
    assert do(session, Save()) == [Saved(str(story_file), 5)]


def test_no_such_candidate(session):
    assert do(session, Take(1)) == [Problem("no_candidates_yet", {"number": 1, "count": 0})]
    do(session, Ask())
    assert do(session, Take(11)) == [Problem("no_such_candidate", {"number": 11, "count": 10})]


def test_copies_and_hostile_candidates_are_not_shown(session, server):
    hostile = [
        OPENING[0],
        f" {OPENING[1]}!",
        "",
        " \t",
        b"\xff\xfe",
        "\x1b[2J\x1b]0;x\x07지워라.\n!",
    ]
    server.answer = lambda signature, inputs: (
        candidate_outputs(hostile)
        if signature in ("suggest", "sample")
        else server.compute(signature, inputs)
    )
    do(session, Ask())
    assert shown(session) == ["지워라. !"]


def test_nothing_usable_then_other_seeds(session, server):
    server.answer = lambda signature, inputs: (
        candidate_outputs(OPENING)
        if signature in ("suggest", "sample")
        else server.compute(signature, inputs)
    )
    assert do(session, Ask())[-1] == Problem("no_candidates", {})
    server.answer = server.compute
    assert isinstance(do(session, AGAIN)[-1], Proposed)


def test_the_server_dies_and_comes_back(session, server, story_file):
    do(session, Ask(), Take(1))
    written = story_file.read_text("utf-8")
    server.kill()
    (_, retrying, problem) = do(session, Ask())
    assert retrying == Retrying(server.address)
    assert problem == Problem("server_gone", {"address": server.address})
    assert do(session, Write("나는 계속 썼다.")) == [added("나는 계속 썼다.", number=7)]
    assert story_file.read_text("utf-8") == written + "나는 계속 썼다.\n"
    again = ModelServer(server.port)
    try:
        assert isinstance(do(session, Ask())[-1], Proposed)
    finally:
        again.kill()


def test_a_turn_that_found_no_server_is_tried_once_more(session, server):
    refused = []

    def refuse_once(signature, inputs):
        if signature == "suggest" and not refused:
            refused.append(signature)
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "loading")
        return server.compute(signature, inputs)

    server.answer = refuse_once
    asking, retrying, proposed = do(session, Ask())
    assert (asking, retrying) == (Asking(), Retrying(server.address))
    assert isinstance(proposed, Proposed)
    assert len(server.asked_for("suggest")) == 2


def test_what_was_shown_can_be_taken_though_asking_again_failed(session, server):
    do(session, Ask())
    before = shown(session)
    server.kill()
    assert isinstance(do(session, AGAIN)[-1], Problem)
    assert shown(session) == before
    assert do(session, Take(5)) == [added(before[4], author=Author.MODEL, how="take")]


def test_a_slow_server(server, story_file):
    server.hold.clear()
    model = Model([server.address], "soseol", timeout=0.5)
    story = Story.open(str(story_file))
    session = Session(story, Proposer(model, Sampling(), seed=1))
    start = time.monotonic()
    assert do(session, Ask())[-1] == Problem("timed_out", {"seconds": "0.5"})
    assert time.monotonic() - start < 5
    assert len(server.asked_for("suggest")) == 1  # not asked again: it may still be at work
    model.close()
    story.close()


def test_leaving_in_the_middle_cancels_the_request(session, server):
    server.hold.clear()
    cancelled = []
    model = session._proposer.model
    start = model.start

    def watched(request, timeout):
        call = start(request, timeout)
        call.add_done_callback(lambda done: cancelled.append(done.cancelled()))
        return call

    def interrupt():
        raise KeyboardInterrupt

    model.start = watched
    events = session.handle(Ask())
    next(events)
    model.embed = lambda unknown: interrupt()
    with pytest.raises(KeyboardInterrupt):
        next(events)
    deadline = time.monotonic() + 5
    while len(cancelled) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert cancelled == [True, True]


@pytest.mark.parametrize(
    ("code", "details", "problem"),
    [
        (grpc.StatusCode.NOT_FOUND, "Servable not found", "no_model"),
        (grpc.StatusCode.INVALID_ARGUMENT, "signature not found", "no_signature"),
        (grpc.StatusCode.FAILED_PRECONDITION, 'Serving signature "x"', "no_signature"),
        # How a TensorFlow error within the graph ends: not about a signature.
        (grpc.StatusCode.INVALID_ARGUMENT, "bad [Op:__inference_signature_wrapper_9]", "refused"),
        (grpc.StatusCode.UNIMPLEMENTED, "", "not_a_model_server"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "too \x1b[2Jmuch", "refused"),
    ],
)
def test_refusals_are_explained(session, server, code, details, problem):
    def refuse(signature, inputs):
        raise Refusal(code, details)

    server.answer = refuse
    event = do(session, Ask())[-1]
    assert event.key == problem
    assert "\x1b" not in str(event.fields)


@pytest.mark.parametrize("name", ["candidates", "log_probs", "token_counts", "embeddings"])
@pytest.mark.parametrize(
    "bad",
    [
        None,
        tensor(pb.DT_FLOAT, [1, 3], float_val=[0.0]),
        tensor(pb.DT_STRING, [1, 10], string_val=[b"x"]),
        tensor(pb.DT_FLOAT, [2, 10, 1], float_val=[0.0]),
    ],
)
def test_answers_that_do_not_fit(session, server, name, bad):
    def answer(signature, inputs):
        outputs = server.compute(signature, inputs)
        if signature == "sample":
            outputs.pop(name) if bad is None else outputs.update({name: bad})
        return outputs

    server.answer = answer
    event = do(session, Ask())[-1]
    if name == "candidates" and bad is not None and bad.dtype == pb.DT_STRING:
        assert isinstance(event, Proposed)  # ten times "x" is odd, but an answer
    else:
        assert event.key == "bad_answer"


def test_a_very_long_story_is_cut_for_the_model_only(session, server, story_file):
    do(session, Write("가" * 100_000))
    do(session, Write("\n".join(f"{i} {'가나다라 ' * 500}\n짧다." for i in range(400))))
    assert isinstance(do(session, Ask())[-1], Proposed)
    lines = server.asked_for("suggest")[0]["story"][0].decode().split("\n")
    assert lines[-1] == "짧다."
    assert "가" * SENTENCE_CHARACTERS in lines[:FIRST_SENTENCES]
    assert max(map(len, lines)) == SENTENCE_CHARACTERS
    assert STORY_BYTES * 0.9 < len("\n".join(lines).encode()) <= STORY_BYTES
    assert "가" * 100_000 in story_file.read_text("utf-8").splitlines()


def test_candidates_of_both_signatures_are_merged(session, server):
    do(session, Ask())
    story = "\n".join(OPENING).encode()
    suggested = {comparison_key(s) for s in sentences(story)}
    seed = server.asked_for("sample")[0]["seed"][0]
    sampled = {comparison_key(s) for s in sentences((story, seed))}
    keys = {comparison_key(s) for s in shown(session)}
    assert keys <= suggested | sampled
    assert keys & suggested and keys & sampled  # noqa: PT018
