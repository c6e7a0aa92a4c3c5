import time

import grpc
import pytest

from client import predict_pb2 as pb
from client.prediction import SENTENCE_CHARACTERS, STORY_BYTES, Model, PredictionError, Sampling
from client.ranking import key
from client.session import (
    Added,
    Ask,
    Asking,
    OpeningNeeded,
    Problem,
    Proposed,
    Removed,
    Save,
    Saved,
    Session,
    Take,
    Undo,
    Write,
)
from client.story import Story
from tests.client.conftest import (
    OPENING,
    ModelServer,
    Refusal,
    candidate_outputs,
    sentences,
    tensor,
)


@pytest.fixture
def model(server):
    model = Model(server.address, "soseol", timeout=10)
    yield model
    model.close()


@pytest.fixture
def session(model, story_file):
    return Session(Story.open(str(story_file)), model, Sampling(), seed=1)


def do(session, *commands):
    return [event for command in commands for event in session.handle(command)]


def shown(session):
    return [r.candidate.text for r in session.ranked]


def test_a_turn_asks_and_ranks(session, server):
    asking, proposed = do(session, Ask())
    assert isinstance(asking, Asking)
    assert isinstance(proposed, Proposed)
    assert len(proposed.ranked) == 10
    assert sorted(name for name, _ in server.requests) == ["embed", "sample", "suggest"]
    (suggest,) = server.asked_for("suggest")
    assert suggest["story"] == ["\n".join(OPENING).encode()]
    (embed,) = server.asked_for("embed")
    assert embed["sentence"] == [s.encode() for s in OPENING]


def test_taking_saves_and_asks_for_no_vector_twice(session, server, story_file):
    do(session, Ask())
    second = shown(session)[1]
    assert do(session, Take(1)) == [Added([second])]
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, second]
    assert session.ranked == ()
    do(session, Ask())
    assert len(server.asked_for("embed")) == 1
    assert do(session, Write("직접 썼다. 또 썼다.")) == [Added(["직접 썼다.", "또 썼다."])]
    do(session, Ask())
    assert server.asked_for("embed")[-1]["sentence"] == ["직접 썼다.".encode(), "또 썼다.".encode()]


def test_asking_again_brings_others_with_the_rejected_to_avoid(session, server):
    do(session, Ask())
    first = shown(session)
    do(session, Ask(anyway=True))
    second = shown(session)
    do(session, Ask(anyway=True))
    third = shown(session)
    assert len(second) == len(third) == 10
    assert not {*first} & {*second} and not {*first, *second} & {*third}  # noqa: PT018
    assert len(server.asked_for("suggest")) == 1
    samples = server.asked_for("sample")
    assert [len(s["avoid"][0].split(b"\n")) for s in samples] == [1, 10, 10, 20, 20]
    assert len({s["seed"][0] for s in samples}) == 5


def test_a_session_can_be_repeated(model, tmp_path):
    def play(seed, name):
        (tmp_path / name).write_text("\n".join(OPENING), "utf-8")
        session = Session(Story.open(str(tmp_path / name)), model, Sampling(), seed)
        seen = []
        for command in (Ask(), Take(2), Ask(), Ask(anyway=True), Take(0), Ask()):
            do(session, command)
            seen.append(shown(session))
        return seen

    assert play(1, "a.txt") == play(1, "b.txt")
    assert play(1, "c.txt") != play(2, "d.txt")


def test_undo(session, story_file):
    assert do(session, Undo()) == [Removed(OPENING[-1])]
    assert story_file.read_text("utf-8").splitlines() == OPENING[:-1]
    do(session, *[Undo()] * 4)
    assert do(session, Undo()) == [Problem("nothing_to_undo", {})]
    assert do(session, Ask(anyway=True)) == [OpeningNeeded(0)]


def test_the_opening(model, tmp_path):
    session = Session(Story.open(str(tmp_path / "new.txt")), model, Sampling(), seed=1)
    assert do(session, Ask()) == [OpeningNeeded(0)]
    assert do(session, Write(" \x1b[2J\n")) == []
    do(session, Write("하나. 둘."))
    assert do(session, Ask()) == [OpeningNeeded(2)]
    assert isinstance(do(session, Ask(anyway=True))[-1], Proposed)
    # Who began with fewer is not asked for the rest later.
    assert isinstance(do(session, Take(0), Ask())[-1], Proposed)


def test_save_says_where(session, story_file):
    assert do(session, Save()) == [Saved(str(story_file), 5)]


def test_no_such_candidate(session):
    assert do(session, Take(0)) == [Problem("no_such_candidate", {"number": 1, "count": 0})]


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
        server.compute(signature, inputs) if signature == "embed" else candidate_outputs(hostile)
    )
    do(session, Ask())
    assert shown(session) == ["지워라. !"]


def test_nothing_usable_then_other_seeds(session, server):
    server.answer = lambda signature, inputs: (
        server.compute(signature, inputs) if signature == "embed" else candidate_outputs(OPENING)
    )
    assert do(session, Ask())[-1] == Problem("no_candidates", {})
    server.answer = server.compute
    assert isinstance(do(session, Ask(anyway=True))[-1], Proposed)


def test_the_server_dies_and_comes_back(session, server, story_file):
    do(session, Ask(), Take(0))
    written = story_file.read_text("utf-8")
    server.kill()
    (_, problem) = do(session, Ask())
    assert problem == Problem("server_gone", {"address": server.address})
    assert do(session, Write("나는 계속 썼다.")) == [Added(["나는 계속 썼다."])]
    assert story_file.read_text("utf-8") == written + "나는 계속 썼다.\n"
    again = ModelServer(server.port)
    try:
        assert isinstance(do(session, Ask())[-1], Proposed)
    finally:
        again.kill()


def test_a_call_that_found_no_server_is_tried_once_more(session, server):
    refused = []

    def refuse_once(signature, inputs):
        if signature not in refused:
            refused.append(signature)
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "loading")
        return server.compute(signature, inputs)

    server.answer = refuse_once
    assert isinstance(do(session, Ask())[-1], Proposed)
    assert len(server.requests) == 6


def test_what_was_shown_can_be_taken_though_asking_again_failed(session, server):
    do(session, Ask())
    before = shown(session)
    server.kill()
    assert isinstance(do(session, Ask(anyway=True))[-1], Problem)
    assert shown(session) == before
    assert do(session, Take(4)) == [Added([before[4]])]


def test_a_slow_server(server, story_file):
    server.hold.clear()
    model = Model(server.address, "soseol", timeout=0.5)
    session = Session(Story.open(str(story_file)), model, Sampling(), seed=1)
    start = time.monotonic()
    assert do(session, Ask())[-1] == Problem("timed_out", {"seconds": "0.5"})
    assert time.monotonic() - start < 5
    assert len(server.asked_for("suggest")) == 1  # not asked again: it may still be at work
    model.close()


def test_leaving_in_the_middle_cancels_the_request(session, server):
    server.hold.clear()
    cancelled = []
    start = session._model.start

    def watched(request):
        call = start(request)
        call.add_done_callback(lambda done: cancelled.append(done.cancelled()))
        return call

    def interrupt():
        raise KeyboardInterrupt

    session._model.start = watched
    events = session.handle(Ask())
    next(events)
    session._model.embed = lambda unknown: interrupt()
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
    assert max(map(len, lines)) == SENTENCE_CHARACTERS
    assert STORY_BYTES * 0.9 < len("\n".join(lines).encode()) <= STORY_BYTES
    assert "가" * 100_000 in story_file.read_text("utf-8").splitlines()


def test_check(server):
    model = Model(server.address, "soseol", timeout=5)
    model.check()
    model.close()
    for address, name, problem in [
        (server.address, "other", "no_model"),
        ("localhost:1", "soseol", "server_absent"),
        ("no-such-host.invalid:8500", "soseol", "server_absent"),
    ]:
        model = Model(address, name, timeout=1)
        with pytest.raises(PredictionError, match=problem):
            model.check()
        model.close()


def test_candidates_of_both_signatures_are_merged(session, server):
    do(session, Ask())
    story = "\n".join(OPENING).encode()
    suggested = {key(s) for s in sentences(story)}
    seed = server.asked_for("sample")[0]["seed"][0]
    sampled = {key(s) for s in sentences((story, seed))}
    keys = {key(s) for s in shown(session)}
    assert keys <= suggested | sampled
    assert keys & suggested and keys & sampled  # noqa: PT018
