"""The embedded server under load: latency and throughput, for one client or many, batched or not.

Each client sends its next request when the last one is answered. Stories are windows of 5 to 60
sentences from the sample novels, the same in every run; each answer is compared with the answer of
a server without batching to the same request. CPU time is that of the server; on a machine with
other load it tells more than wall time.

Commands (a model base path as `python -m trainer.export` writes it; the first command takes two to
four minutes with a `tiny` model on two idle cores):

    python -m benchmarks.serving --models models
    python -m benchmarks.serving --models models --memory
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
import psutil

from benchmarks import record
from client.remote import tensor_proto
from client.remote.predict_pb2 import ModelSpec, PredictRequest, PredictResponse
from trainer.arguments import whole_number

ROOT = Path(__file__).resolve().parent.parent
NOVELS = ROOT / "examples" / "novels"
METHOD = "/tensorflow.serving.PredictionService/Predict"
Predict = Callable[[PredictRequest], PredictResponse]


@dataclass(frozen=True)
class Setting:
    """A configuration of the server."""

    name: str
    flags: tuple[str, ...] = ()
    batching: str = ""  # text-format BatchingParameters

    @classmethod
    def batches(cls, size: int) -> Setting:
        """One batch at a time, of at most ``size`` rows."""
        return cls(
            f"batches of {size}",
            ("--enable_batching",),
            f"max_batch_size {{ value: {size} }} num_batch_threads {{ value: 1 }}",
        )


NO_BATCHING = Setting("no batching")
ROWS = (1, 4, 16)  # of a request in `memory`; ascending
LONGEST_STORY = 200  # sentences: more than a model reads


def stories(count: int) -> list[str]:
    """Return stories of 5 to 60 sentences, the same in every run."""
    draw = random.Random(1)
    novels = [
        [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        for path in sorted(NOVELS.glob("*.txt"))
    ]
    found: list[str] = []
    while len(found) < count:
        novel = draw.choice(novels)
        size = draw.randint(5, 60)
        start = draw.randrange(max(1, len(novel) - size))
        found.append("\n".join(novel[start : start + size]))
    return found


@contextmanager
def served(models: Path, setting: Setting) -> Iterator[tuple[str, psutil.Process]]:
    """Run a server; yields its address and its process."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [f"--model_base_path={models}", "--port=0", *setting.flags]
        if setting.batching:
            file = Path(folder) / "batching_parameters.txt"
            file.write_text(setting.batching)
            flags.append(f"--batching_parameters_file={file}")
        log = Path(folder) / "log"
        with log.open("wb") as errors:
            server = subprocess.Popen(
                [sys.executable, "-m", "serving", *flags],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            assert server.stdout is not None
            ready = server.stdout.readline()
            if not ready:
                sys.exit(log.read_text().strip().split("\n")[-1] or "the server did not start")
            yield ready.split(",")[0].split()[-1], psutil.Process(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def requests(signature: str, texts: Sequence[str]) -> list[PredictRequest]:
    """Return a request of one row for each story."""
    found = []
    for seed, text in enumerate(texts):
        inputs = {"story": tensor_proto.strings([text])}
        if signature == "sample":
            inputs |= {
                "prefix": tensor_proto.strings([""]),
                "temperature": tensor_proto.floats([0.8]),
                "top_p": tensor_proto.floats([0.9]),
                "diversity": tensor_proto.floats([0.5]),
                "seed": tensor_proto.int64s([seed]),
                "avoid": tensor_proto.strings([""]),
            }
        spec = ModelSpec(name="soseol", signature_name=signature)
        found.append(PredictRequest(model_spec=spec, inputs=inputs))
    return found


def connect(channel: grpc.Channel) -> Predict:
    """Return the channel's Predict method."""
    method = channel.unary_unary(
        METHOD,
        request_serializer=PredictRequest.SerializeToString,
        response_deserializer=PredictResponse.FromString,
    )
    return lambda request: method(request, timeout=600)


def load(
    address: str, work: Sequence[PredictRequest], clients: int
) -> tuple[list[float], float, list[PredictResponse]]:
    """Send all requests; return the seconds of each, the seconds of all, and the answers."""
    latencies = [0.0] * len(work)
    answers: list[PredictResponse] = [PredictResponse()] * len(work)
    turns = iter(range(len(work)))
    lock = threading.Lock()

    def send() -> None:
        with grpc.insecure_channel(address) as channel:
            predict = connect(channel)
            while True:
                with lock:
                    turn = next(turns, None)
                if turn is None:
                    return
                start = time.perf_counter()
                answers[turn] = predict(work[turn])
                latencies[turn] = time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for client in [pool.submit(send) for _ in range(clients)]:
            client.result()  # raises the client's exception, if any
    return latencies, time.perf_counter() - start, answers


def differences(answers: Sequence[PredictResponse], expected: Sequence[PredictResponse]) -> str:
    """Describe how many answers differ in their candidates, and the others in log-probability."""
    other, apart = 0, 0.0
    for answer, wanted in zip(answers, expected, strict=True):
        texts = [list(one.outputs["candidates"].string_val) for one in (answer, wanted)]
        if texts[0] != texts[1]:
            other += 1
            continue
        values = [np.array(one.outputs["log_probs"].float_val) for one in (answer, wanted)]
        apart = max(apart, float(np.abs(values[0] - values[1]).max(initial=0)))
    return f"{other} of {len(answers)} differ, log_probs within {apart:.0e}"


def memory(models: Path) -> None:
    """Print how much memory the server needs for a request, by number of rows."""
    lines = "\n".join(stories(20)).splitlines()[:LONGEST_STORY]
    story = "\n".join(lines)
    with (
        served(models, NO_BATCHING) as (address, server),
        grpc.insecure_channel(address) as channel,
    ):
        idle = server.memory_info().rss
        for rows in ROWS:  # ascending, so the peak so far is that of the last request
            (request,) = requests("suggest", [story])
            request.inputs["story"].CopyFrom(tensor_proto.strings([story] * rows))
            connect(channel)(request)
            status = Path(f"/proc/{server.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
            print(f"{rows:3} rows: {idle / 1e6:.0f} MB idle, {(peak - idle) / 1e6:.0f} MB more")


def compare(options: argparse.Namespace) -> None:
    """Print a line for each setting and number of clients."""
    work = requests(options.signature, stories(options.requests))
    expected: list[PredictResponse] = []
    first = 0.0  # requests per second of the first line
    print(
        f"{'':18}{'clients':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'per s':>7}{'/ first':>9}"
        f"{'CPU ms each':>13}  answers"
    )
    for setting in (NO_BATCHING, *map(Setting.batches, options.batches)):
        with served(options.models.resolve(), setting) as (address, server):
            load(address, work[:2], 1)
            for clients in options.clients:
                before = sum(server.cpu_times()[:2])
                latencies, seconds, answers = load(address, work, clients)
                busy = sum(server.cpu_times()[:2]) - before
                expected = expected or answers
                rate = len(work) / seconds
                first = first or rate
                marks = [float(np.percentile(latencies, q)) * 1e3 for q in (50, 95, 99)]
                print(
                    f"{setting.name:18}{clients:8}{marks[0]:8.0f}{marks[1]:8.0f}{marks[2]:8.0f}"
                    f"{rate:7.2f}{rate / first:8.2f}x{busy / len(work) * 1e3:13.0f}  "
                    f"{differences(answers, expected)}",
                    flush=True,
                )


def main() -> None:
    """Measure under load, or measure memory."""
    parser = record.parser(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="model base path")
    parser.add_argument(
        "--requests", type=whole_number(1), default=128, help="per line (default: 128)"
    )
    parser.add_argument(
        "--clients", type=whole_number(1), nargs="+", default=[1, 16],
        help="numbers of clients (default: 1 16)",
    )  # fmt: skip
    parser.add_argument(
        "--batches", type=whole_number(1), nargs="+", default=[8],
        help="most rows in a batch (default: 8)",
    )  # fmt: skip
    parser.add_argument(
        "--signature", choices=["suggest", "sample"], default="suggest", help="default: suggest"
    )
    parser.add_argument("--memory", action="store_true", help="measure memory instead")
    options = parser.parse_args()
    try:
        if options.memory:
            memory(options.models.resolve())
        else:
            compare(options)
    except grpc.RpcError as error:
        sys.exit(f"a request failed: {error}")


if __name__ == "__main__":
    sys.exit(record.run(main))
