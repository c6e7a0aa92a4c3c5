"""A model server without a model: real gRPC, and candidates that follow from the request."""

import hashlib
import math
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.conftest import ROOT

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
import pytest

from client.remote import predict_pb2 as pb
from client.remote import tensor_proto
from client.remote.connection import PREDICT
from client.remote.credentials import Credentials
from client.remote.model import Model
from client.remote.sampling import Sampling
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.story import Story

# What Windows has not: signals to another process, pseudo-terminals, open files that are deleted.
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
collect_ignore = (
    []
    if os.name == "posix"
    else ["test_interrupts.py", "story/test_kill.py", "terminal", "web/test_command_line.py"]
)

WIDTH = 8
_PLAIN = Credentials()
K = 10
OPENING = [
    "새벽 안개가 항구를 덮었다.",
    "민호는 낡은 배의 밧줄을 풀었다.",
    "“정말 혼자 갈 거야?”",
    "누나는 대답을 기다리지 않고 등불을 내밀었다.",
    "등불은 생각보다 무거웠다.",
]
_SUBJECTS = ["민호는", "누나는", "선장은", "바람이", "등불이", "갈매기가", "파도는", "노인은"]
_PLACES = [
    "항구에서",
    "갑판",
    "위에서",
    "어둠",
    "속에서",
    "부두",
    "끝에서",
    "바다를",
    "향해",
    "안개",
    "너머로",
]
_VERBS = ["멈추었다.", "웃었다.", "사라졌다.", "속삭였다.", "흔들렸다.", "돌아보았다.", "기다렸다."]


def vector(text):
    draw = random.Random(text)
    values = [draw.gauss(0, 1) for _ in range(WIDTH)]
    norm = math.hypot(*values)
    return [value / norm for value in values]


def sentences(seed, avoid=()):
    draw = random.Random(hashlib.sha256(repr(seed).encode()).digest())
    found = []
    while len(found) < K:
        words = [draw.choice(_SUBJECTS), draw.choice(_PLACES), draw.choice(_PLACES)]
        sentence = " ".join([*words, draw.choice(_VERBS)])
        if sentence not in found and sentence not in avoid:
            found.append(sentence)
    return found


def tensor(dtype, shape, **elements):
    dims = [pb.TensorShapeProto.Dim(size=size) for size in shape]
    return pb.TensorProto(dtype=dtype, tensor_shape=pb.TensorShapeProto(dim=dims), **elements)


def candidate_outputs(texts):
    """Outputs of suggest and sample for candidates given as str or bytes."""
    raw = [text if isinstance(text, bytes) else text.encode() for text in texts]
    n = len(raw)
    counts = [len(text) // 6 + 1 for text in raw]
    log_probs = [-0.5 * c - random.Random(t).random() for t, c in zip(raw, counts, strict=True)]
    embeddings = [value for text in raw for value in vector(text)]
    return {
        "candidates": tensor(pb.DT_STRING, [1, n], string_val=raw),
        "log_probs": tensor(pb.DT_FLOAT, [1, n], float_val=log_probs),
        "token_counts": tensor(pb.DT_INT32, [1, n], int_val=counts),
        "embeddings": tensor(pb.DT_FLOAT, [1, n, WIDTH], float_val=embeddings),
    }


class ModelServer:
    """Answers Predict on a port of its own.

    ``answer`` may be replaced: it takes signature and inputs (name to list of elements) and returns
    outputs, or raises ``Refusal``. ``requests`` holds what came, oldest first. While ``hold`` is
    cleared, answers wait.
    """

    def __init__(self, port=0, model="soseol", credentials=None):
        self.model = model
        self.answer = self.compute
        self.requests = []
        self.asked_labels = []  # of the same requests
        self.labels = ("stable",)
        self.metadata = []  # of the same requests
        self.hold = threading.Event()
        self.hold.set()
        self.asked = threading.Event()  # somebody asked for candidates
        handler = grpc.unary_unary_rpc_method_handler(
            self._predict,
            request_deserializer=pb.PredictRequest.FromString,
            response_serializer=pb.PredictResponse.SerializeToString,
        )
        service, method = PREDICT.strip("/").split("/")
        self._server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(service, {method: handler})]
        )
        address = f"localhost:{port}"
        self.port = (
            self._server.add_secure_port(address, credentials)
            if credentials
            else self._server.add_insecure_port(address)
        )
        self._server.start()

    @property
    def address(self):
        return f"localhost:{self.port}"

    def kill(self):
        """End at once, breaking what is under way."""
        self._server.stop(None).wait()
        self.hold.set()

    def asked_for(self, signature):
        return [inputs for name, inputs in self.requests if name == signature]

    def compute(self, signature, inputs):
        if signature == "embed":
            rows = [value for text in inputs["sentence"] for value in vector(text)]
            shape = [len(inputs["sentence"]), WIDTH]
            return {"embedding": tensor(pb.DT_FLOAT, shape, float_val=rows)}
        if signature == "score":
            texts = [
                s + b"\n" + t for s, t in zip(inputs["story"], inputs["sentence"], strict=True)
            ]
            log_probs = [-10 - random.Random(text).random() for text in texts]
            counts = [len(text) // 6 + 1 for text in inputs["sentence"]]
            return {
                "log_prob": tensor(pb.DT_FLOAT, [len(texts)], float_val=log_probs),
                "token_count": tensor(pb.DT_INT32, [len(texts)], int_val=counts),
            }
        story = inputs["story"][0]
        if signature == "suggest":
            return candidate_outputs(sentences(story))
        assert {"temperature", "top_p", "diversity"} <= set(inputs)
        avoid = inputs["avoid"][0].decode().split("\n")
        drawn = sentences((story, inputs["seed"][0]), avoid)
        prefix = inputs["prefix"][0].decode()
        return candidate_outputs([f"{prefix} {s}" if prefix else s for s in drawn])

    def _predict(self, request, context):
        signature = request.model_spec.signature_name
        if request.model_spec.name != self.model:
            context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(x)")
        label = request.model_spec.version_label
        if label and label not in self.labels:
            said = f"Unrecognized servable version label: {label}"
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, said)
        if signature not in ("suggest", "sample", "score", "embed"):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f'signature "{signature}" not found')
        inputs = {name: tensor_proto.decode(proto).values for name, proto in request.inputs.items()}
        self.requests.append((signature, inputs))
        self.asked_labels.append(label)
        self.metadata.append(context.invocation_metadata())
        if signature in ("suggest", "sample"):
            self.asked.set()
            self.hold.wait(30)
        try:
            return pb.PredictResponse(outputs=self.answer(signature, inputs))
        except Refusal as refusal:
            context.abort(*refusal.args)


class Refusal(Exception):
    """gRPC status code and details."""


@pytest.fixture(autouse=True)
def no_weights_of_mine(monkeypatch, tmp_path):
    """What somebody learned on this machine is not for the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def server():
    server = ModelServer()
    yield server
    server.kill()


@pytest.fixture
def story_file(tmp_path):
    path = tmp_path / "이야기.txt"
    path.write_text("\n".join(OPENING) + "\n", "utf-8")
    return path


@pytest.fixture
def model(server):
    model = Model([server.address], "soseol", timeout=10)
    yield model
    model.close()


@pytest.fixture
def connect():
    models = []

    def make(*addresses, name="soseol", timeout=5.0, credentials=_PLAIN):
        models.append(Model(addresses, name, timeout, credentials))
        return models[-1]

    yield make
    for model in models:
        model.close()


@pytest.fixture
def new_session(model):
    """Open a story and a session with it; both are closed at the end."""
    opened = []

    def open_session(path, seed=1):
        story = Story.open(str(path))
        opened.append(story)
        return Session(story, Proposer(model, Sampling(), seed))

    yield open_session
    for story in opened:
        story.close()


@pytest.fixture
def session(new_session, story_file):
    return new_session(story_file)


def do(session, *actions):
    return [event for action in actions for event in session.handle(action)]


def shown(session):
    return [r.candidate.text for r in session.ranked]


@pytest.fixture
def run(tmp_path):
    """Run ``python -m client`` to its end, without a terminal."""

    def run(*arguments, typed="", check=None, environment=(), **options):
        result = subprocess.run(
            [sys.executable, "-m", "client", *map(str, arguments)],
            input=typed if isinstance(typed, bytes) else typed.encode(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **dict(environment)},
            capture_output=True,
            timeout=60,
            check=False,
            **options,
        )
        result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
        assert "Traceback" not in result.stderr, result.stderr
        if check is not None:
            assert result.returncode == check, result.stderr
        return result

    return run


@pytest.fixture
def terminal(server):
    """Begin ``python -m client`` on a pseudo-terminal."""
    from tests.client.terminal.pseudo_terminal import Terminal

    opened = []

    def start(*arguments, **options):
        opened.append(Terminal(*arguments, "--server", server.address, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
