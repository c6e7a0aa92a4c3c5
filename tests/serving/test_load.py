"""Load: sixteen clients during a change of version, and random requests."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import psutil
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, model_management_pb2, predict_pb2

CLIENTS, REQUESTS, MALFORMED = 16, 1_000, 2_000
BATCHING = "max_batch_size { value: 16 } num_batch_threads { value: 1 }"
BOTH_WAYS = pytest.mark.parametrize(
    "batching",
    [
        pytest.param(False, id="one by one"),
        pytest.param(True, id="batched", marks=pytest.mark.slow),
    ],
)
Code = grpc.StatusCode
# Codes for a bad request. INTERNAL is gRPC's own, for bytes that do not deserialize.
REFUSALS = {
    Code.INVALID_ARGUMENT,
    Code.NOT_FOUND,
    Code.FAILED_PRECONDITION,
    Code.UNIMPLEMENTED,
    Code.INTERNAL,
}


def _report(capsys, text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}", end="")


def _percentiles(seconds: list[float]) -> str:
    marks = np.percentile(seconds, [50, 95, 99]) * 1e3
    return "p50 {:.1f}, p95 {:.1f}, p99 {:.1f} ms".format(*marks)


@BOTH_WAYS
def test_many_clients_and_a_new_version_without_a_failed_call(
    run_server, connect, base_path, add_version, tmp_path, capsys, batching
):
    flags = ["--model_name=soseol", f"--model_base_path={base_path}", "--port=0"]
    if batching:
        file = tmp_path / "batching.txt"
        file.write_text(BATCHING)
        flags += ["--enable_batching", f"--batching_parameters_file={file}"]
    process = run_server(*flags)
    clients = [connect(process.port) for _ in range(CLIENTS)]
    requests = [clients[0].request(story=[f"{n}번째 눈이 내렸다."]) for n in range(REQUESTS)]
    versions: list[int] = [0] * REQUESTS

    def ask(client, turn: int) -> float:
        began = time.perf_counter()
        response = client.prediction.Predict(requests[turn], timeout=60)
        assert response.outputs["candidates"].string_val[9] == f"{turn}번째 눈이 내렸다.9".encode()
        versions[turn] = response.model_spec.version.value
        return time.perf_counter() - began

    alone = [ask(clients[0], turn) for turn in range(100)]
    turns, lock, changed = iter(range(REQUESTS)), threading.Lock(), threading.Event()

    def work(client) -> list[float]:
        seconds = []
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return seconds
            if turn == REQUESTS // 4:
                add_version(base_path, 2)
                _until_available(client, 2)
                changed.set()
            if turn >= REQUESTS * 3 // 4:  # so that both versions get some
                assert changed.wait(60)
            seconds.append(ask(client, turn))

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        together = [second for part in pool.map(work, clients) for second in part]
    rate = REQUESTS / (time.perf_counter() - began)
    assert len(together) == REQUESTS, "none failed"
    assert set(versions) == {1, 2}
    assert versions[-1] == 2
    _report(capsys, f"one client: {_percentiles(alone)}")
    _report(capsys, f"{CLIENTS} clients: {_percentiles(together)}, {rate:.0f} requests/s ")
    process.popen.terminate()
    assert process.end() == 0
    assert "Traceback" not in "".join(process.log)


def _until_available(client, version: int) -> None:
    deadline = time.monotonic() + 30
    while client.states().get(version) != "AVAILABLE":
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Fuzzer:
    """Random requests: arbitrary fields, valid messages with changed bytes, and noise."""

    def __init__(self, seed: int):
        self.draw = random.Random(seed)

    def method_and_bytes(self) -> tuple[str, bytes]:
        service = "/tensorflow.serving.PredictionService/"
        kind = self.draw.randrange(12)
        if kind == 0:
            return service + "Predict", self.draw.randbytes(self.draw.randrange(200))
        if kind == 1:
            return service + "Predict", self._changed(self._predict().SerializeToString())
        if kind == 2:
            return service + "Predict", self._changed(self._valid().SerializeToString())
        if kind == 3:
            request = get_model_metadata_pb2.GetModelMetadataRequest()
            self._spec(request.model_spec)
            request.metadata_field.append(self.draw.choice(["signature_def", self._text()]))
            return service + "GetModelMetadata", request.SerializeToString()
        if kind == 4:
            request = model_management_pb2.ReloadConfigRequest()
            request.config.model_config_list.config.add(
                name=self._text(), base_path=self._text(), model_platform=self._text()
            )
            service = "/tensorflow.serving.ModelService/"
            return service + "HandleReloadConfigRequest", request.SerializeToString()
        request = self._almost_valid() if kind < 8 else self._predict()
        return service + "Predict", request.SerializeToString()

    def _valid(self):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "soseol"
        stories = [f"{self._text()}가" for _ in range(self.draw.randrange(1, 5))]
        request.inputs["story"].CopyFrom(tf.make_tensor_proto(stories))
        return request

    def _almost_valid(self):
        request = self._valid()
        story = request.inputs["story"]
        match self.draw.randrange(5):
            case 0:
                story.string_val.append(self.draw.randbytes(self.draw.randrange(9)))
            case 1:
                story.tensor_shape.dim[0].size = self.draw.choice([0, -1, 1, 7, 2**62])
            case 2:
                story.string_val[0] = self.draw.randbytes(self.draw.randrange(50))
            case 3:
                story.CopyFrom(self._tensor())
        return request

    def _predict(self):
        request = predict_pb2.PredictRequest()
        self._spec(request.model_spec)
        signature = self.draw.choice(["", "suggest", "sample", "types", self._text()])
        request.model_spec.signature_name = signature
        for name in ["story", "prefix", "temperature", "seed", "pairs", self._text()]:
            if self.draw.random() < 0.5:
                request.inputs[name].CopyFrom(self._tensor())
        if self.draw.random() < 0.2:
            request.output_filter.append(self.draw.choice(["candidates", self._text()]))
        return request

    def _spec(self, spec) -> None:
        spec.name = self.draw.choice(["soseol", "soseol", "soseol", self._text()])
        choice = self.draw.randrange(6)
        if choice == 0:
            spec.version.value = self.draw.choice([1, 0, -1, 2**63 - 1])
        elif choice == 1:
            spec.version_label = self._text()

    def _tensor(self):
        draw = self.draw
        if draw.random() < 0.3:
            return tf.make_tensor_proto([self._text() for _ in range(draw.randrange(1, 4))])
        proto = tensor_pb2.TensorProto(dtype=draw.choice([1, 3, 7, 9, 20, 21, 101]))
        for _ in range(draw.randrange(4)):
            proto.tensor_shape.dim.add(size=draw.choice([0, 1, 2, 3, -1, 2**20 + 1, 2**40, 2**62]))
        proto.tensor_shape.unknown_rank = draw.random() < 0.05
        proto.float_val.extend([draw.choice([0.0, np.nan, np.inf, 1e-40])] * draw.randrange(3))
        proto.int64_val.extend([draw.choice([0, -(2**63)])] * draw.randrange(3))
        proto.string_val.extend([draw.randbytes(draw.randrange(20))] * draw.randrange(3))
        if draw.random() < 0.3:
            proto.tensor_content = draw.randbytes(draw.randrange(40))
        return proto

    def _text(self) -> str:
        return self.draw.choice(
            ["", "가", "\x00", "x" * 1000, "../..", "👩‍👩‍👧", "models", "1", " "]
        )

    def _changed(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self.draw.randrange(1, 4)):
            if changed:
                changed[self.draw.randrange(len(changed))] = self.draw.randrange(256)
        return bytes(changed[: self.draw.randrange(len(changed) + 1)])


@BOTH_WAYS
def test_random_requests_neither_crash_it_nor_leak(
    run_server, connect, base_path, tmp_path, capsys, batching
):
    flags = ["--model_name=soseol", f"--model_base_path={base_path}", "--port=0"]
    process = run_server(*flags, *(["--enable_batching"] if batching else []))
    client = connect(process.port)
    fuzzer = Fuzzer(7)
    codes: Counter[str] = Counter()

    def send(count: int) -> None:
        for _ in range(count):
            method, data = fuzzer.method_and_bytes()
            call = client.channel.unary_unary(method).future(data, timeout=20)
            code, details = call.code(), call.details()
            assert code in {Code.OK, *REFUSALS}, (method, data, details)
            assert "Traceback" not in details
            codes[code.name] += 1

    server = psutil.Process(process.popen.pid)
    send(400)  # until the allocator and the thread pools have warmed up
    before = server.memory_info().rss
    send(MALFORMED)
    after = server.memory_info().rss
    _report(capsys, f"{dict(codes)}; RSS {before / 2**20:.0f} MB, then {after / 2**20:.0f} MB ")
    assert after - before < 20 * 2**20
    assert client.predict(story=["그래도 산다"]).outputs
    assert client.states() == {1: "AVAILABLE"}
    process.popen.terminate()
    assert process.end() == 0
    assert "Traceback" not in "".join(process.log)
