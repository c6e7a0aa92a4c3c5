"""One loaded version of a model: a session on its graph, and its signatures.

The graph runs in a ``tf.compat.v1.Session``, as in TensorFlow Serving's ``SavedModelBundle``,
rather than through ``tf.saved_model.load``: a session accepts a timeout for each call (work
stops at the caller's deadline), computes only the requested outputs, frees everything when
closed, and feeds exactly the tensors that the signatures name. It cannot be cancelled: if the
caller cancels while the graph runs, the run continues until it ends or its deadline passes.
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
from serving.errors import ServingError, from_tensorflow, invalid_argument
from serving.models.batch_scheduler import BatchScheduler, BatchTask
from serving.models.batches import Arrays, batchable
from serving.models.tensor_proto import decode_inputs

DEFAULT_SIGNATURE = "serving_default"
# For a call without a deadline, gRPC reports 292 years, which overflow the field.
_LONGEST_TIMEOUT = 10.0**9  # seconds


class Servable:
    """A version that serves calls from any number of threads.

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
        self._on_unloaded: Callable[[], None] | None = None

    def acquire(self) -> None:
        """Count a call that begins: nothing is freed before its ``release``."""
        with self._lock:
            self._calls += 1

    def release(self) -> None:
        """Count a call that has ended."""
        with self._lock:
            self._calls -= 1
            close = self._on_unloaded is not None and self._calls == 0
        if close:
            self._close()

    def unload(self, on_unloaded: Callable[[], None]) -> None:
        """Free everything once no call is running, then call ``on_unloaded``."""
        with self._lock:
            self._on_unloaded = on_unloaded
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
            output_filter: names of the outputs to compute; empty for all.
            timeout: seconds after which the run is aborted; None for never.
            add_callback: registers a function to call when the RPC terminates.

        Returns:
            Values by output name.

        Raises:
            ServingError: with the code that TensorFlow Serving returns in that case.
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
        outputs = _select_outputs(signature.outputs, list(output_filter))
        feeds = {signature.inputs[name].name: value for name, value in values.items()}
        fetches = sorted({info.name for info in outputs.values()})
        timeout = None if timeout is None or timeout > _LONGEST_TIMEOUT else timeout
        started = time.perf_counter()
        if self._batch_scheduler and batchable([*signature.inputs.values(), *outputs.values()]):
            rows = _rows(values)
            values_by_tensor = self._run_batched(fetches, feeds, rows, timeout, add_callback)
        else:
            values_by_tensor = self._run(fetches, feeds, timeout)
        metrics.runtime_latency.labels(self.name, "Predict", "TF1").observe(
            (time.perf_counter() - started) * 1e6
        )
        return {name: values_by_tensor[info.name] for name, info in outputs.items()}

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
            return self._run(fetches, feeds, timeout)  # no row to pad a batch with
        self.acquire()  # the batch may outlast the call
        task = BatchTask(partial(self._run, fetches), feeds, rows, release=self.release)
        if timeout is not None:
            task.deadline = task.enqueued + timeout
        shapes = sorted((name, value.shape[1:]) for name, value in feeds.items())
        return self._batch_scheduler.run((self, *fetches, *shapes), task, add_callback)

    def _run(self, fetches: list[str], feeds: Arrays, timeout: float | None) -> dict[str, Any]:
        """Run the graph, and return values by tensor name."""
        options = tf.compat.v1.RunOptions(timeout_in_ms=_milliseconds(timeout))
        try:
            return self._session.run({name: name for name in fetches}, feeds, options=options)
        except tf.errors.OpError as error:
            raise from_tensorflow(error) from None

    def _close(self) -> None:
        self._session.close()
        if self._on_unloaded:
            self._on_unloaded()


def _milliseconds(timeout: float | None) -> int:
    """Return ``RunOptions.timeout_in_ms``, where 0 means no limit."""
    return 0 if timeout is None else max(1, int(timeout * 1000))


def _rows(values: Arrays) -> int:
    """Return the size of dimension 0, which must be the same for all inputs."""
    rows = {name: len(value) for name, value in values.items()}
    if len(set(rows.values())) > 1:
        sizes = ", ".join(f"{name} {size}" for name, size in sorted(rows.items()))
        raise invalid_argument(
            f"Batching Run() input tensors must have equal 0th-dimension size, got {sizes}"
        )
    return next(iter(rows.values()), 0)


def _select_outputs(outputs: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the ``TensorInfo`` of the outputs in ``names``, or of all if it is empty."""
    for name in names:
        if name not in outputs:
            raise invalid_argument(
                f"output tensor alias not found in signature: {name}; "
                f"outputs are {', '.join(sorted(outputs))}"
            )
        if names.count(name) > 1:
            raise invalid_argument(f"duplicate output tensor alias: {name}")
    return {name: outputs[name] for name in names or outputs}
