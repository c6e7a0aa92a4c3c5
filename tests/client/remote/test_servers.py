"""Several servers, tokens, large answers."""

import threading
import time

import grpc
import pytest

from client.errors import PredictionError
from client.remote import predict_pb2 as pb
from client.remote.credentials import Credentials, read_credentials
from client.remote.model import Model
from client.remote.sampling import Sampling
from client.session.actions import Ask
from client.session.events import Asking, Problem, Proposed, Retrying
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.story import Story
from tests.client.conftest import OPENING, ModelServer, Refusal, do, tensor

DEAD = "localhost:1"
PLAIN = Credentials()


@pytest.fixture
def other_server():
    server = ModelServer()
    yield server
    server.kill()


def test_check(server, connect):
    assert connect(server.address).check() == []
    for address, name, problem in [
        (server.address, "other", "no_model"),
        (DEAD, "soseol", "server_absent"),
        ("no-such-host.invalid:8500", "soseol", "server_absent"),
    ]:
        with pytest.raises(PredictionError, match=problem):
            connect(address, name=name, timeout=1).check()


def test_every_request_asks_for_the_label(server, connect):
    connect(server.address).check()
    labelled = Model([server.address], "soseol", 5.0, label="stable")
    labelled.check()
    labelled.suggest(OPENING).result()
    assert server.asked_labels == ["", "stable", "stable"]
    labelled.close()


def test_a_server_without_the_label_is_skipped(server, other_server):
    other_server.labels = ("stable", "canary")
    model = Model([server.address, other_server.address], "soseol", 5.0, label="canary")
    assert model.check() == [server.address]
    model.close()
    model = Model([server.address], "soseol", 5.0, label="canary")
    with pytest.raises(PredictionError, match="no_label") as caught:
        model.check()
    assert caught.value.fields["label"] == "canary"
    model.close()


def test_a_dead_server_is_skipped(server, connect):
    model = connect(DEAD, "no-such-host.invalid:8500", server.address)
    assert model.check() == [DEAD, "no-such-host.invalid:8500"]
    assert model.address == server.address


def test_so_is_one_without_the_model(server, connect):
    other = ModelServer(model="other")
    try:
        assert connect(other.address, server.address).check() == [other.address]
        with pytest.raises(PredictionError, match="no_model"):
            connect(DEAD, other.address).check()
    finally:
        other.kill()
    with pytest.raises(PredictionError, match="server_absent") as caught:
        connect(DEAD, "localhost:2").check()
    assert caught.value.fields["address"] == f"{DEAD}, localhost:2"


@pytest.fixture
def session_with(connect, story_file):
    stories = []

    def make(*addresses, **options):
        stories.append(Story.open(str(story_file)))
        model = connect(*addresses, **options)
        return Session(stories[-1], Proposer(model, Sampling(), seed=1)), model

    yield make
    for story in stories:
        story.close()


def test_a_turn_goes_on_with_the_next_server(server, other_server, session_with):
    session, model = session_with(server.address, DEAD, other_server.address)
    model.check()
    server.kill()
    asking, retrying, proposed = do(session, Ask())
    assert (asking, retrying) == (Asking(), Retrying(server.address))
    assert isinstance(proposed, Proposed)
    assert model.address == other_server.address


def test_a_slow_server_is_left_for_another_one(server, other_server, session_with):
    session, model = session_with(server.address, other_server.address, timeout=0.5)
    server.hold.clear()
    assert isinstance(do(session, Ask())[-1], Proposed)
    assert model.address == other_server.address
    server.hold.set()


def test_all_are_gone(server, other_server, session_with):
    session, _ = session_with(server.address, other_server.address)
    server.kill()
    other_server.kill()
    events = do(session, Ask())
    assert events[-1].key == "server_absent"
    assert len(events) == 3  # asking, one calm line, the problem


def test_answers_of_many_megabytes(server, connect):
    width = 300_000
    compute = server.compute

    def answer(signature, inputs):
        outputs = compute(signature, inputs)
        if signature == "suggest":
            many = [0.5] * (10 * width)
            outputs["embeddings"] = tensor(pb.DT_FLOAT, [1, 10, width], float_val=many)
        return outputs

    server.answer = answer
    candidates = connect(server.address, timeout=20).suggest(OPENING).result()
    assert [len(candidate.embedding) for candidate in candidates] == [width] * 10


# Tokens


def test_a_token_goes_with_every_call(server, connect, session_with):
    session, _ = session_with(server.address, credentials=Credentials(token="s3cret"))
    do(session, Ask())
    assert len(server.metadata) == len(server.requests) >= 4
    assert {dict(m)["authorization"] for m in server.metadata} == {"Bearer s3cret"}
    connect(server.address).check()
    assert "authorization" not in dict(server.metadata[-1])


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED]
)
def test_a_token_that_is_not_accepted(server, connect, code):
    def refuse(signature, inputs):
        raise Refusal(code, "no")

    server.answer = refuse
    with pytest.raises(PredictionError, match="not_admitted"):
        connect(server.address).check()


def token(path=None, addresses=("localhost:8500",), tls=False):
    return read_credentials(addresses, tls, None, None, None, path and str(path)).token


def test_where_a_token_comes_from(tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text("aus-der-datei\n")
    monkeypatch.delenv("SOSEOL_TOKEN", raising=False)
    assert token() == ""
    assert token(file) == "aus-der-datei"
    monkeypatch.setenv("SOSEOL_TOKEN", "from-outside")
    assert token() == "from-outside"
    assert token(file) == "aus-der-datei"
    local = ("localhost:1", "127.0.0.1:1", "[::1]:1")
    assert token(addresses=local) == "from-outside"
    assert token(addresses=["example.org:1"], tls=True) == "from-outside"
    for far in ("example.org:1", "localhost.example.org:1", "127.evil.org:1"):
        with pytest.raises(PredictionError, match="token_needs_tls"):
            token(addresses=("localhost:1", far))


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"", "token_empty"), (b" \n", "token_empty"), (b"a\nb", "token_bad"), (b"\xff", "token_bad")],
)
def test_bad_tokens(tmp_path, content, key):
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(PredictionError, match=key):
        token(file)


def test_a_request_is_cancelled_from_another_thread(session, server):
    server.hold.clear()
    threading.Timer(0.2, session.cancel).start()
    begun = time.monotonic()
    assert do(session, Ask())[-1] == Problem("cancelled", {})
    assert time.monotonic() - begun < 5
    server.hold.set()
    assert do(session, Ask())[-1] == Problem("cancelled", {})  # until it is taken back
    session.uncancel()
    assert isinstance(do(session, Ask())[-1], Proposed)


def test_a_retry_is_cancelled_too(session, server):
    server.kill()
    events = []
    for event in session.handle(Ask()):
        events.append(event)
        if isinstance(event, Retrying):
            session.cancel()
    assert events == [Asking(), Retrying(server.address), Problem("cancelled", {})]
