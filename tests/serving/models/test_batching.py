"""Requests of several callers run as one batch, and no caller notices."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.config import batching_parameters
from serving.config.batching_parameters import BatchingParameters
from serving.errors import ServingError
from serving.models.batch_scheduler import BatchScheduler, BatchTask
from serving.models.batches import merge_inputs, split_outputs

Code = grpc.StatusCode


@pytest.fixture
def batch_scheduler():
    """Make schedulers that are closed at the end of the test."""
    made = []

    def make(**parameters):
        made.append(BatchScheduler(BatchingParameters(**parameters)))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Graph:
    """Doubles its input and records it; runs only while ``gate`` is open."""

    def __init__(self):
        self.runs = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, inputs, timeout):
        self.runs.append((inputs["x"].tolist(), timeout))
        assert self.gate.wait(20)
        if -1 in inputs["x"]:
            raise ServingError(Code.INVALID_ARGUMENT, "a row is negative")
        return {"y": inputs["x"] * 2}


def _task(graph, *rows, **more):
    return BatchTask(graph, {"x": np.array(rows)}, len(rows), **more)


def _queued(batch_scheduler, pool, graph, *tasks):
    """Occupy the scheduler's one thread, and queue ``tasks`` behind it."""
    graph.gate.clear()
    before = len(graph.runs)
    first = pool.submit(batch_scheduler.run, "k", _task(graph, 0))
    _until(lambda: len(graph.runs) > before)
    futures = []
    for task in tasks:
        futures.append(pool.submit(batch_scheduler.run, "k", task))
        _until(lambda task=task: any(task in q.tasks for q in batch_scheduler._queues.values()))
    return first, futures


def _until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


rows = st.lists(st.integers(0, 99), min_size=1, max_size=4)


@given(st.lists(rows, min_size=1, max_size=5), st.integers(0, 6))
def test_split_reverses_merge(requests, padding):
    counts = [len(request) for request in requests]
    size = sum(counts) + padding
    merged = merge_inputs([{"x": np.array(r), "s": np.array(r, object)} for r in requests], size)
    assert {name: len(value) for name, value in merged.items()} == {"x": size, "s": size}
    assert set(merged["x"][sum(counts) :]) <= {requests[0][0]}, "padded with a valid row"
    parts = split_outputs(merged, counts, size)
    assert [part["x"].tolist() for part in parts] == requests
    assert [part["s"].tolist() for part in parts] == requests


@pytest.mark.parametrize("output", [np.float32(1), np.zeros(3), np.zeros([1, 4])])
def test_outputs_without_a_row_for_each_row_are_refused(output):
    with pytest.raises(ServingError, match="output y of shape"):
        split_outputs({"y": output}, [1, 3], 4)


def test_tasks_that_wait_run_together_in_order(batch_scheduler):
    graph, one = Graph(), batch_scheduler(num_batch_threads=1, max_batch_size=4)
    with ThreadPoolExecutor() as pool:
        tasks = [_task(graph, 1), _task(graph, 2, 3), _task(graph, 4, 5), _task(graph, 6)]
        _, futures = _queued(one, pool, graph, *tasks)
        graph.gate.set()
        results = [future.result(20)["y"].tolist() for future in futures]
    assert results == [[2], [4, 6], [8, 10], [12]]
    assert [run for run, _ in graph.runs] == [[0], [1, 2, 3], [4, 5, 6]]


def test_batches_are_padded_to_allowed_sizes(batch_scheduler):
    graph = Graph()
    one = batch_scheduler(num_batch_threads=1, max_batch_size=8, allowed_batch_sizes=(1, 4, 8))
    assert one.run("k", _task(graph, 7, 8))["y"].tolist() == [14, 16]
    assert one.run("k", _task(graph, 9))["y"].tolist() == [18]
    assert [run for run, _ in graph.runs] == [[7, 8, 7, 7], [9]]


def test_the_first_task_waits_for_others_unless_the_batch_is_full(batch_scheduler):
    graph = Graph()
    one = batch_scheduler(num_batch_threads=1, max_batch_size=2, batch_timeout_micros=400_000)
    began = time.monotonic()
    one.run("k", _task(graph, 1))
    assert time.monotonic() - began >= 0.4
    began = time.monotonic()
    one.run("k", _task(graph, 1, 2))
    assert time.monotonic() - began < 0.4


def test_different_keys_do_not_mix(batch_scheduler):
    graph, one = Graph(), batch_scheduler(num_batch_threads=1, max_batch_size=9)
    with ThreadPoolExecutor() as pool:
        first, (_,) = _queued(one, pool, graph, _task(graph, 1))
        other = pool.submit(one.run, "other", _task(graph, 2))
        _until(lambda: len(one._queues) == 2)
        graph.gate.set()
        wait([first, other])
    assert sorted(run for run, _ in graph.runs) == [[0], [1], [2]]
    assert not one._queues, "an empty queue is not kept"


def test_a_rejected_row_fails_only_its_own_caller(batch_scheduler):
    graph, one = Graph(), batch_scheduler(num_batch_threads=1, max_batch_size=9)
    with ThreadPoolExecutor() as pool:
        tasks = [_task(graph, 1), _task(graph, -1), _task(graph, 3)]
        _, (good, bad, too) = _queued(one, pool, graph, *tasks)
        graph.gate.set()
        assert good.result(20)["y"].tolist() == [2]
        assert too.result(20)["y"].tolist() == [6]
        assert bad.exception(20).code == Code.INVALID_ARGUMENT


def test_an_unexpected_error_reaches_every_caller_and_the_thread_continues(batch_scheduler):
    def broken(inputs, timeout):
        raise RuntimeError("no such thing")

    one = batch_scheduler(num_batch_threads=1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no such thing"):
            one.run("k", BatchTask(broken, {"x": np.zeros(1)}, 1))


def test_cancelled_and_expired_tasks_do_not_run(batch_scheduler):
    """One is cancelled and one expires; the third runs alone, and all are released."""
    graph, one, released = Graph(), batch_scheduler(num_batch_threads=1, max_batch_size=9), []
    late = _task(graph, 2, release=lambda: released.append("late"))
    late.deadline = time.monotonic() + 0.2
    gone = _task(graph, 1, release=lambda: released.append("gone"))
    with ThreadPoolExecutor() as pool:
        first, (too_late, third) = _queued(one, pool, graph, late, _task(graph, 3))
        cancels = []
        cancelled = pool.submit(one.run, "k", gone, cancels.append)
        _until(lambda: bool(cancels))
        cancels[0]()
        assert cancelled.exception(20).code == Code.CANCELLED
        assert too_late.exception(20).code == Code.DEADLINE_EXCEEDED
        assert sorted(released) == ["gone", "late"]
        graph.gate.set()
        assert third.result(20)["y"].tolist() == [6]
        first.result(20)
    assert [run for run, _ in graph.runs] == [[0], [3]]


def test_a_running_task_is_abandoned_at_its_deadline(batch_scheduler):
    graph, one, released = Graph(), batch_scheduler(num_batch_threads=1), []
    graph.gate.clear()
    task = _task(graph, 1, release=lambda: released.append(1))
    task.deadline = time.monotonic() + 0.1
    with pytest.raises(ServingError) as caught:
        one.run("k", task)
    assert caught.value.code == Code.DEADLINE_EXCEEDED
    assert released == [], "the graph still uses it"
    graph.gate.set()
    _until(lambda: released == [1])


def test_the_graph_gets_the_latest_deadline(batch_scheduler):
    graph, one = Graph(), batch_scheduler(num_batch_threads=1)
    one.run("k", _task(graph, 1))
    one.run("k", _task(graph, 1, deadline=time.monotonic() + 50))
    with ThreadPoolExecutor() as pool:
        soon, later = (_task(graph, n, deadline=time.monotonic() + 20 * n) for n in (1, 2))
        first, futures = _queued(one, pool, graph, soon, later)
        graph.gate.set()
        wait([first, *futures])
    timeouts = [timeout for _, timeout in graph.runs]
    assert timeouts[0] is None
    assert 45 < timeouts[1] <= 50
    assert 35 < timeouts[3] <= 40


def test_rejections_are_worded_as_upstream(batch_scheduler):
    graph, released = Graph(), []
    one = batch_scheduler(num_batch_threads=1, max_batch_size=2, max_enqueued_batches=1)
    with pytest.raises(ServingError, match="Task size 3 is larger than maximum") as caught:
        one.run("k", _task(graph, 1, 2, 3, release=lambda: released.append(1)))
    assert caught.value.code == Code.INVALID_ARGUMENT
    with ThreadPoolExecutor() as pool:
        first, (second,) = _queued(one, pool, graph, _task(graph, 1, 2))
        with pytest.raises(ServingError, match="queue to which this task was submitted") as full:
            one.run("k", _task(graph, 5, release=lambda: released.append(2)))
        graph.gate.set()
        wait([first, second])
    assert full.value.code == Code.UNAVAILABLE
    assert released == [1, 2]


def test_close_runs_queued_tasks_and_rejects_new_ones(batch_scheduler):
    graph, one = Graph(), batch_scheduler(num_batch_threads=1, batch_timeout_micros=60_000_000)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(one.run, "k", _task(graph, 4))
        _until(lambda: bool(one._queues))
        one.close()
        assert waiting.result(20)["y"].tolist() == [8]
    with pytest.raises(ServingError) as caught:
        one.run("k", _task(graph, 1))
    assert caught.value.code == Code.UNAVAILABLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_batch_size: 5", "expected"),
        ("max_batch_size { value: 0 }", "max_batch_size must be at least 1"),
        ("max_batch_size { value: 4 } allowed_batch_sizes: 2", "must be max_batch_size, 4"),
        ("max_batch_size { value: 4 } allowed_batch_sizes: [4, 4]", "must increase"),
        ("allowed_batch_sizes: 8", "must be max_batch_size, 1000"),
        ("batch_size { value: 4 }", "batch_size"),
        ("enable_large_batch_splitting { value: true }", "not supported by this server"),
        ("pad_variable_length_inputs: true", "not supported by this server"),
    ],
)
def test_wrong_parameters(tmp_path, text, words):
    file = tmp_path / "batching.txt"
    file.write_text(text)
    with pytest.raises(ServingError) as caught:
        batching_parameters.read(str(file))
    assert str(file) in caught.value.message
    assert words.lower() in caught.value.message.lower()


def test_parameters(tmp_path):
    file = tmp_path / "batching.txt"
    file.write_text(
        "max_batch_size { value: 4 } batch_timeout_micros { value: 0 } num_batch_threads "
        '{ value: 3 } allowed_batch_sizes: [2, 4] thread_pool_name { value: "pool" }'
    )
    assert batching_parameters.read(str(file)) == BatchingParameters(4, 0, 10, 3, (2, 4), "pool")
    assert batching_parameters.read("").max_batch_size == 1000


@pytest.fixture
def client(serving, config_of, base_path, batch_scheduler):
    """A client of a server with batching."""
    made = batch_scheduler(
        num_batch_threads=1,
        max_batch_size=8,
        allowed_batch_sizes=(3, 8),
        batch_timeout_micros=20_000,
    )
    with serving(config_of(("soseol", base_path, "")), batch_scheduler=made) as (client, _):
        yield client


def test_callers_get_the_answers_they_would_get_alone(client, serving, config_of, base_path):
    requests = [client.request(story=[f"{n}번째 눈이 내렸다."] * (1 + n % 3)) for n in range(30)]
    requests += [client.request("suggest", story=[f"{n}"]) for n in range(10)]
    with serving(config_of(("soseol", base_path, ""))) as (plain, _):
        expected = [plain.prediction.Predict(request) for request in requests]
    before = _batches()
    calls = [client.prediction.Predict.future(request, timeout=60) for request in requests]
    for call, wanted in zip(calls, expected, strict=True):
        assert call.result() == wanted
    assert _batches() - before < len(requests), "some of them shared a run"


def _batches():
    from serving import metrics

    name = b":tensorflow:serving:batching_session:wrapped_run_count "
    return next(
        float(line.removeprefix(name))
        for line in metrics.exposition().splitlines()
        if line.startswith(name)
    )


def test_errors_and_limits_of_batched_calls(client, refusal):
    good = [client.prediction.Predict.future(client.request(story=["가"])) for _ in range(2)]
    assert refusal(client.predict, story=[""]).code == Code.INVALID_ARGUMENT
    assert all(call.result().outputs for call in good)
    answer = refusal(client.predict, story=["가"] * 9)
    assert answer.code == Code.INVALID_ARGUMENT
    assert "Task size 9 is larger than maximum input batch size 8" in answer.text
    two, three = np.ones(2, np.float32), np.zeros(3, np.int64)
    answer = refusal(
        client.predict, "sample", story=["가"] * 2, prefix=[""] * 2, temperature=two, seed=three
    )
    assert answer.code == Code.INVALID_ARGUMENT
    assert "seed 3" in answer.text


def test_signatures_that_cannot_be_batched_run_alone(client):
    response = client.predict("types", pairs=np.ones([9, 2], np.float32))
    assert len(response.outputs["bool"].bool_val) == 18
    assert client.slow(3).result().outputs["sum"].float_val


def test_batched_calls_survive_a_change_of_version(client, base_path, add_version, eventually):
    answered, failures, done = set(), [], threading.Event()

    def write():
        while not done.is_set():
            try:
                answered.add(client.predict(story=["가"]).model_spec.version.value)
            except grpc.RpcError as error:
                failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    eventually(lambda: answered == {1})
    add_version(base_path, 2)
    eventually(lambda: client.states() == {1: "END", 2: "AVAILABLE"} and answered == {1, 2})
    done.set()
    for writer in writers:
        writer.join()
    assert failures == []
