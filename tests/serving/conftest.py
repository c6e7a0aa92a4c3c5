"""A small SavedModel with signatures like the real model's, and servers for it."""

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import grpc
import numpy as np
import pytest

from tests.conftest import ROOT

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
CANDIDATES = 10


def _tokenizer_model() -> bytes:
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["눈이 내렸다.", "그는 문을 열었다.", "아무도 없었다."] * 10),
        model_writer=model,
        vocab_size=400,
        byte_fallback=True,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _module():
    import tensorflow as tf
    import tensorflow_text

    class Novelist(tf.Module):
        def __init__(self):
            super().__init__()
            self.tokenizer = tensorflow_text.SentencepieceTokenizer(
                _tokenizer_model(), out_type=tf.int32
            )
            self.table = tf.Variable(tf.random.stateless_normal([500, 8], [1, 2]))

        def _candidates(self, story, prefix):
            rows = tf.shape(story)[0]
            with tf.device("CPU"):
                tokens = self.tokenizer.tokenize(story)
            numbers = tf.strings.as_string(tf.range(CANDIDATES))
            shape = [rows, CANDIDATES]
            texts = tf.strings.join(
                [
                    tf.broadcast_to(prefix[:, None], shape),
                    tf.broadcast_to(story[:, None], shape),
                    tf.broadcast_to(numbers[None], shape),
                ]
            )
            means = tf.reduce_mean(tf.gather(self.table, tokens), axis=1)
            return {
                "candidates": texts,
                "log_probs": -tf.broadcast_to(tf.range(10.0)[None], shape),
                "token_counts": tf.broadcast_to(
                    tf.cast(tokens.row_lengths(), tf.int32)[:, None], shape
                ),
                "embeddings": tf.tile(means[:, None], [1, CANDIDATES, 1]),
            }

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="story")])
        def suggest(self, story):
            short = tf.debugging.assert_greater(
                tf.strings.length(story), 0, message="the story is empty"
            )
            with tf.control_dependencies([short]):
                return self._candidates(tf.identity(story), tf.fill(tf.shape(story), ""))

        @tf.function(
            input_signature=[
                tf.TensorSpec([None], tf.string, name="story"),
                tf.TensorSpec([None], tf.string, name="prefix"),
                tf.TensorSpec([None], tf.float32, name="temperature"),
                tf.TensorSpec([None], tf.int64, name="seed"),
            ]
        )
        def sample(self, story, prefix, temperature, seed):
            outputs = self._candidates(story, prefix)
            outputs["log_probs"] /= temperature[:, None]
            outputs["seeds"] = seed
            return outputs

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, name="steps")])
        def slow(self, steps):
            value = tf.random.stateless_normal([200, 200], [3, 4])
            _, total = tf.while_loop(
                lambda step, _: step < steps[0],
                lambda step, sum_: (step + 1, tf.tanh(tf.matmul(sum_, value))),
                [tf.constant(0, tf.int64), value],
            )
            return {"sum": tf.reduce_sum(total)[None]}

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="pairs")])
        def types(self, pairs):
            names = ["float64", "float16", "bfloat16", "int8", "uint32", "uint64", "bool"]
            outputs = {name: tf.cast(pairs, name) for name in names}
            return outputs | {"first": pairs[0, 0]}

    return Novelist()


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory) -> Path:
    """A SavedModel folder to copy from, never changed."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("export") / "model"
    module = _module()
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": module.suggest,
            "suggest": module.suggest,
            "sample": module.sample,
            "slow": module.slow,
            "types": module.types,
        },
    )
    return folder


@pytest.fixture
def add_version(saved_model) -> Callable[..., Path]:
    """Add a version to a base path as the exporter does: copy, then rename."""

    def add(base_path: Path, version: int, warmup: list | None = None) -> Path:
        import tensorflow as tf

        beside = base_path / f".tmp-{version}"
        shutil.copytree(saved_model, beside)
        if warmup is not None:
            (beside / "assets.extra").mkdir()
            file = beside / "assets.extra" / "tf_serving_warmup_requests"
            with tf.io.TFRecordWriter(str(file)) as writer:
                for record in warmup:
                    writer.write(record)
        return beside.rename(base_path / str(version))

    return add


@pytest.fixture
def base_path(tmp_path, add_version) -> Path:
    """A base path that holds version 1."""
    path = tmp_path / "models"
    path.mkdir()
    add_version(path, 1)
    return path


class Client:
    """The stubs of tensorflow-serving-api, with shortcuts."""

    def __init__(self, channel: grpc.Channel):
        from grpc_health.v1 import health_pb2_grpc
        from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

        self.channel = channel
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self.model = model_service_pb2_grpc.ModelServiceStub(channel)
        self.health = health_pb2_grpc.HealthStub(channel)

    def request(self, signature="", model="soseol", version=None, label="", **inputs):
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.name = model
        request.model_spec.signature_name = signature
        if version is not None:
            request.model_spec.version.value = version
        if label:
            request.model_spec.version_label = label
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        return request

    def predict(self, *args, timeout=60, **kwargs):
        return self.prediction.Predict(self.request(*args, **kwargs), timeout=timeout)

    def slow(self, steps: int, timeout: float = 60):
        """Start a call that computes for a while."""
        request = self.request("slow", steps=np.array([steps], np.int64))
        return self.prediction.Predict.future(request, timeout=timeout)

    def steps(self, seconds: float) -> int:
        """Return how many steps of ``slow`` take ``seconds`` on this machine now."""
        self.slow(10).result()
        started = time.monotonic()
        self.slow(200).result()
        return int(200 * seconds / (time.monotonic() - started))

    def states(self, model="soseol") -> dict[int, str]:
        """Return the state of each version."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = model
        response = self.model.GetModelStatus(request, timeout=60)
        name = get_model_status_pb2.ModelVersionStatus.State.Name
        return {item.version: name(item.state) for item in response.model_version_status}

    def reload(self, config):
        from tensorflow_serving.apis import model_management_pb2

        request = model_management_pb2.ReloadConfigRequest(config=config)
        return self.model.HandleReloadConfigRequest(request, timeout=60)


@pytest.fixture(scope="session")
def refusal() -> Callable[..., SimpleNamespace]:
    """Call something that must fail, and return the code and text of the error."""

    def call(function, *args, **kwargs):
        with pytest.raises(grpc.RpcError) as caught:
            function(*args, **kwargs)
        error = caught.value
        assert "Traceback" not in error.details()
        assert "\n" not in error.details()
        return SimpleNamespace(code=error.code(), text=error.details())

    return call


@pytest.fixture(scope="session")
def config_of() -> Callable[..., object]:
    """Build a ModelServerConfig from entries (name, base path, policy and labels as text)."""
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    def build(*models: tuple[str, Path, str]):
        entries = "\n".join(
            f'config {{ name: "{name}" base_path: "{path}" model_platform: "tensorflow" {more} }}'
            for name, path, more in models
        )
        return text_format.Parse(
            f"model_config_list {{ {entries} }}", model_server_config_pb2.ModelServerConfig()
        )

    return build


@pytest.fixture(scope="session")
def serving(config_of) -> Callable[..., object]:
    """Serve a configuration from this process: ``with serving(config) as (client, manager)``."""

    @contextmanager
    def start(
        config,
        *,
        threads=8,
        poll=0.1,
        credentials=None,
        channel=None,
        labels=False,
        batch_scheduler=None,
        limits=None,
        arguments=None,
    ):
        from serving.models.loading import make_loader
        from serving.models.manager import ModelManager
        from serving.periodic_function import PeriodicFunction
        from serving.server import Server

        manager = ModelManager(make_loader(None, True, batch_scheduler, limits), labels)
        manager.apply(config)
        server = Server(manager, threads, arguments)
        port = server.start("127.0.0.1", 0, credentials)
        poller = PeriodicFunction("poller", poll, manager.poll)
        poller.start()
        channel = channel(port) if channel else grpc.insecure_channel(f"127.0.0.1:{port}")
        try:
            with channel:
                yield Client(channel), manager
        finally:
            poller.stop()
            server.stop(0)
            manager.apply(config_of())

    return start


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """Wait up to 20 seconds until a condition holds."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "still false after 20 seconds"
            time.sleep(0.05)

    return wait


@pytest.fixture
def keep_signals() -> Iterator[None]:
    """Restore the signal handlers that the command sets."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Process:
    """``python -m serving`` in a process of its own."""

    def __init__(self, *flags: str):
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "serving", *flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.ready_line = self.popen.stdout.readline()
        assert self.ready_line, "".join(self.log)
        self.port = int(self.ready_line.split(",")[0].rsplit(":", 1)[1])

    def _read_log(self) -> None:
        self.log.extend(self.popen.stderr)

    def end(self) -> int:
        code = self.popen.wait(timeout=30)
        self._reader.join(5)
        return code


@pytest.fixture
def run_server() -> Iterator[Callable[..., Process]]:
    """Start ``python -m serving`` with flags; killed at the end of the test if still running."""
    started: list[Process] = []

    def start(*flags: str) -> Process:
        started.append(Process(*flags))
        return started[-1]

    yield start
    for process in started:
        process.popen.kill()
        process.popen.wait()


@pytest.fixture
def connect() -> Iterator[Callable[[int], Client]]:
    """Connect a client to a port on this machine."""
    channels = []

    def open_channel(port: int) -> Client:
        channels.append(grpc.insecure_channel(f"127.0.0.1:{port}"))
        return Client(channels[-1])

    yield open_channel
    for channel in channels:
        channel.close()
