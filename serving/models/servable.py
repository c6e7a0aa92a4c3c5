"""One loaded version of a model: a session over its graph, and the signatures it declares.

The graph runs in a ``tf.compat.v1.Session``, as in TensorFlow Serving's
``SavedModelBundle``, rather than through ``tf.saved_model.load``: a session takes a timeout
a call (work stops when the caller's deadline passes), computes only the outputs asked for,
frees everything when closed, and feeds the very tensors that the signatures name. What it does
not take is a cancellation: work that has begun for a caller who then goes away runs on to its
end or deadline.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import grpc
import tensorflow as tf

from serving import metrics
from serving.config.limits import Limits
from serving.errors import ServingError, from_tensorflow
from serving.models.batch_scheduler import BatchScheduler, BatchTask
from serving.models.batches import Arrays, batchable
from serving.models.tensor_proto import decode_inputs

DEFAULT_SIGNATURE = "serving_default"
# gRPC reports a call without a deadline as one of 292 years: more than the field holds.
_LONGEST_TIMEOUT = 10.0**9  # seconds


class Servable:
    """A version that answers calls, from any number of threads at once.

    Attributes:
        name: of the model.
        version: of the model.
        signatures: ``SignatureDef`` by name.
    """

    def __init__(
        self,
        name: str,
        version: int,
        session: Any,
        signatures: Mapping[str, Any],
        batch_scheduler: BatchScheduler | None = None,
        limits: Limits | None = None,
    ):
        self.name = name
        self.version = version
        self.signatures = signatures
        self._session = session
        self._batch_scheduler = batch_scheduler
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._calls = 0
        self._on_closed: Callable[[], None] | None = None

    def acquire(self) -> None:
        """Note that a call begins: until it leaves, nothing is freed."""
        with self._lock:
            self._calls += 1

    def release(self) -> None:
        """Note that a call has ended."""
        with self._lock:
            self._calls -= 1
            close = self._on_closed is not None and self._calls == 0
        if close:
            self._close()

    def unload(self, on_closed: Callable[[], None]) -> None:
        """Free everything once no call is running any more, then call ``on_closed``."""
        with self._lock:
            self._on_closed = on_closed
            close = self._calls == 0
        if close:
            self._close()

    def predict(
        self,
        signature_name: str,
        inputs: Mapping[str, Any],
        output_filter: Iterable[str] = (),
        timeout: float | None = None,
        add_callback: Callable[[Callable[[], None]], object] | None = None,
    ) -> dict[str, Any]:
        """Run a signature.

        Args:
            signature_name: empty for ``serving_default``.
            inputs: ``TensorProto`` by name.
            output_filter: names of the outputs to compute; none for all.
            timeout: seconds after which the work is given up; None for never.
            add_callback: takes a function to call when the caller has gone.

        Returns:
            Values by output name.

        Raises:
            ServingError: with the code that TensorFlow Serving answers in that case.
        """
        signature_name = signature_name or DEFAULT_SIGNATURE
        signature = self.signatures.get(signature_name)
        if signature is None:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f'Serving signature key "{signature_name}" not found.',
            )
        values = decode_inputs(inputs, signature.inputs, signature_name)
        self._limits.check(values)
        outputs = _choose(signature.outputs, list(output_filter))
        feeds = {signature.inputs[name].name: value for name, value in values.items()}
        fetches = sorted({info.name for info in outputs.values()})
        timeout = None if timeout is None or timeout > _LONGEST_TIMEOUT else timeout
        started = time.perf_counter()
        if self._batch_scheduler and batchable([*signature.inputs.values(), *outputs.values()]):
            rows = _rows(values)
            found = self._run_batched(fetches, feeds, rows, timeout, add_callback)
        else:
            found = self._run(fetches, feeds, timeout)
        metrics.runtime_latency.labels(self.name, "Predict", "TF1").observe(
            (time.perf_counter() - started) * 1e6
        )
        return {name: found[info.name] for name, info in outputs.items()}

    def _run_batched(
        self,
        fetches: list[str],
        feeds: Arrays,
        rows: int,
        timeout: float | None,
        add_callback: Callable[[Callable[[], None]], object] | None,
    ) -> Arrays:
        assert self._batch_scheduler is not None
        if rows == 0:
            return self._run(fetches, feeds, timeout)  # nothing to fill a batch up with
        self.acquire()  # the batch may outlast the call
        task = BatchTask(partial(self._run, fetches), feeds, rows, release=self.release)
        if timeout is not None:
            task.deadline = task.enqueued + timeout
        shapes = sorted((name, value.shape[1:]) for name, value in feeds.items())
        return self._batch_scheduler.run((self, *fetches, *shapes), task, add_callback)

    def _run(self, fetches: list[str], feeds: Arrays, timeout: float | None) -> dict[str, Any]:
        """Run the graph: tensor names and values in, values by tensor name out."""
        options = tf.compat.v1.RunOptions(timeout_in_ms=_milliseconds(timeout))
        try:
            return self._session.run({name: name for name in fetches}, feeds, options=options)
        except tf.errors.OpError as error:
            raise from_tensorflow(error) from None

    def _close(self) -> None:
        self._session.close()
        if self._on_closed:
            self._on_closed()


def _milliseconds(timeout: float | None) -> int:
    """Return a ``RunOptions.timeout_in_ms``, where 0 means no limit."""
    return 0 if timeout is None else max(1, int(timeout * 1000))


def _rows(values: Arrays) -> int:
    """Return the size of dimension 0, which all inputs of a batch share."""
    rows = {name: len(value) for name, value in values.items()}
    if len(set(rows.values())) > 1:
        sizes = ", ".join(f"{name} {size}" for name, size in sorted(rows.items()))
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Batching Run() input tensors must have equal 0th-dimension size, got {sizes}",
        )
    return next(iter(rows.values()), 0)


def _choose(outputs: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the ``TensorInfo`` of the outputs asked for, all if none is."""
    for name in names:
        if name not in outputs:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"output tensor alias not found in signature: {name}; "
                f"outputs are {', '.join(sorted(outputs))}",
            )
        if names.count(name) > 1:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT, f"duplicate output tensor alias: {name}"
            )
    return {name: outputs[name] for name in names or outputs}
