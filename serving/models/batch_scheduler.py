"""Batching: runs requests of several callers together.

The rules are those of TensorFlow Serving's ``BatchingSession`` on a ``SharedBatchScheduler``:
one queue for each set of inputs and outputs of a version, threads shared by all queues, and a
batch runs when it is full or its first request has waited long enough. Three things differ:

- A batch is formed only when a thread is free to run it, so it includes requests that arrived
  while it waited.
- A cancelled or expired request leaves the queue.
- If a batch fails, its requests run one by one, so a row that the model rejects fails only its
  own caller.
"""

import bisect
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from serving import metrics
from serving.config.batching_parameters import BatchingParameters
from serving.errors import ServingError, invalid_argument
from serving.models.batches import Arrays, merge_inputs, split_outputs

# Runs a graph: (inputs by name, seconds or None) -> outputs by name; raises ServingError.
Run = Callable[[Arrays, float | None], Arrays]


@dataclass(eq=False)
class BatchTask:
    """A request in the scheduler.

    Attributes:
        run: runs the graph; equivalent for all tasks of a queue.
        inputs: arrays ``[rows, ...]`` by name.
        rows: of every input.
        deadline: on ``time.monotonic``'s clock; infinity for none.
        release: called once, when the scheduler no longer needs ``inputs`` and ``run``.
    """

    run: Run
    inputs: Arrays
    rows: int
    deadline: float = math.inf
    release: Callable[[], None] = lambda: None
    enqueued: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    _outcome: Any = None

    def finish(self, outcome: Any) -> None:
        """Set the outcome, outputs by name or an exception, unless it is already set."""
        if not self.done.is_set():
            self._outcome = outcome
            self.done.set()

    def outcome(self) -> Arrays:
        """Return the outputs by name, or raise the exception."""
        if isinstance(self._outcome, Exception):
            raise self._outcome
        outputs: Arrays = self._outcome
        return outputs


class _Queue:
    """Tasks that can share a batch, oldest first."""

    def __init__(self) -> None:
        self.tasks: deque[BatchTask] = deque()
        self.rows = 0

    def append(self, task: BatchTask) -> None:
        self.tasks.append(task)
        self.rows += task.rows

    def remove(self, task: BatchTask) -> None:
        self.tasks.remove(task)
        self.rows -= task.rows

    def take(self, limit: int) -> list[BatchTask]:
        """Remove and return the oldest tasks, up to ``limit`` rows in total."""
        taken: list[BatchTask] = []
        while self.tasks and self.tasks[0].rows <= limit:
            task = self.tasks.popleft()
            limit -= task.rows
            self.rows -= task.rows
            taken.append(task)
        return taken


class BatchScheduler:
    """Queues, and threads that run batches; shared by all versions of all models."""

    def __init__(self, parameters: BatchingParameters):
        self.parameters = parameters
        self._changed = threading.Condition()
        self._queues: dict[Hashable, _Queue] = {}
        self._closed = False
        for number in range(parameters.num_batch_threads):
            threading.Thread(target=self._work, name=f"batch-{number}", daemon=True).start()

    def run(
        self,
        key: Hashable,
        task: BatchTask,
        add_callback: Callable[[Callable[[], None]], object] | None = None,
    ) -> Arrays:
        """Run a task in a batch with others of the same key, and wait for its outputs.

        The wait ends at the task's deadline or when the call is cancelled: a queued task is
        then dropped, and a running one is abandoned.

        Args:
            key: equal for tasks that can share a batch.
            task: the request.
            add_callback: registers a function to call when the RPC terminates.

        Raises:
            ServingError: INVALID_ARGUMENT for more rows than fit in a batch, UNAVAILABLE when
                the queue is full, DEADLINE_EXCEEDED, CANCELLED, or the graph's own error.
        """
        try:
            self._enqueue(key, task)
        except ServingError:
            task.release()
            raise
        if add_callback is not None:
            add_callback(lambda: self._abandon(key, task, grpc.StatusCode.CANCELLED))
        left = None if math.isinf(task.deadline) else max(task.deadline - time.monotonic(), 0)
        if not task.done.wait(left):
            self._abandon(key, task, grpc.StatusCode.DEADLINE_EXCEEDED)
        return task.outcome()

    def close(self) -> None:
        """Reject further tasks; the threads end when the queues are empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _enqueue(self, key: Hashable, task: BatchTask) -> None:
        limit = self.parameters.max_batch_size
        if task.rows > limit:
            raise invalid_argument(
                f"Task size {task.rows} is larger than maximum input batch size {limit}"
            )
        with self._changed:
            queue = self._queues.get(key) or _Queue()
            if queue.rows + task.rows > limit * self.parameters.max_enqueued_batches:
                raise ServingError(
                    grpc.StatusCode.UNAVAILABLE,
                    "The batch scheduling queue to which this task was submitted is full",
                )
            if self._closed:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "the server is shutting down")
            self._queues[key] = queue
            queue.append(task)
            self._changed.notify_all()

    def _abandon(self, key: Hashable, task: BatchTask, code: grpc.StatusCode) -> None:
        with self._changed:
            task.finish(ServingError(code, "the caller no longer waits for this request"))
            queue = self._queues.get(key)
            waiting = queue is not None and task in queue.tasks
            if queue is not None and waiting:
                queue.remove(task)
                self._drop_empty(key)
        if waiting:
            task.release()

    def _work(self) -> None:
        queued = metrics.queuing_latency.labels(self.parameters.thread_pool_name)
        while (batch := self._next()) is not None:
            now = time.monotonic()
            for task in batch:
                queued.observe((now - task.enqueued) * 1e6)
            try:
                self._process(batch)
            finally:
                for task in batch:
                    task.release()
            del batch  # keep no request in memory while idle

    def _next(self) -> list[BatchTask] | None:
        """Wait for a batch that is due; None after ``close``, when the queues are empty."""
        with self._changed:
            while True:
                if not self._queues and self._closed:
                    return None
                key, seconds = self._next_due()
                if seconds is not None and seconds <= 0:
                    batch = self._queues[key].take(self.parameters.max_batch_size)
                    self._drop_empty(key)
                    return batch
                self._changed.wait(seconds)

    def _next_due(self) -> tuple[Hashable, float | None]:
        """Return the key of the queue that is due first, and in how many seconds (None: none)."""
        first: Hashable = None
        soonest: float | None = None
        now = time.monotonic()
        timeout = self.parameters.batch_timeout_micros / 1e6
        for key, queue in self._queues.items():
            seconds = queue.tasks[0].enqueued + timeout - now
            if queue.rows >= self.parameters.max_batch_size or self._closed:
                seconds = min(seconds, queue.tasks[0].enqueued - now)
            if soonest is None or seconds < soonest:
                first, soonest = key, seconds
        return first, soonest

    def _drop_empty(self, key: Hashable) -> None:
        if not self._queues[key].tasks:
            del self._queues[key]

    def _process(self, batch: Sequence[BatchTask]) -> None:
        """Run tasks as one batch, and finish each of them."""
        latest = max(task.deadline for task in batch)
        left = None if math.isinf(latest) else max(latest - time.monotonic(), 0)
        try:
            parts = self._run(batch, left)
        except ServingError as error:
            alone = len(batch) == 1 or error.code == grpc.StatusCode.DEADLINE_EXCEEDED
            for task in batch:
                if alone:
                    task.finish(error)
                elif not task.done.is_set():
                    self._process([task])
        except Exception as error:  # unexpected: every caller gets it, and the thread continues
            for task in batch:
                task.finish(error)
        else:
            for task, part in zip(batch, parts, strict=True):
                task.finish(part)

    def _run(self, batch: Sequence[BatchTask], timeout: float | None) -> list[dict[str, Any]]:
        rows = [task.rows for task in batch]
        size = self._allowed_size(sum(rows))
        metrics.wrapped_run_count.inc()
        metrics.processed_batch_size.observe(size)
        metrics.padding_size.observe(size - sum(rows))
        outputs = batch[0].run(merge_inputs([task.inputs for task in batch], size), timeout)
        return split_outputs(outputs, rows, size)

    def _allowed_size(self, rows: int) -> int:
        sizes = self.parameters.allowed_batch_sizes
        return sizes[bisect.bisect_left(sizes, rows)] if sizes else rows
