"""One loaded version of a model: a session over its graph, and the signatures it declares.

The graph runs in a ``tf.compat.v1.Session``, as in TensorFlow Serving's
``SavedModelBundle``, rather than through ``tf.saved_model.load``: a session takes a timeout
a call (work stops when the caller's deadline passes), computes only the outputs asked for,
frees everything when closed, and feeds the very tensors that the signatures name.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc
import tensorflow as tf

from serving.status import ServingError, from_tensorflow
from serving.tensors import decode_inputs

DEFAULT_SIGNATURE = "serving_default"
_LONGEST_TIMEOUT = 10.0**9  # seconds


class Servable:
    """A version that answers calls, from any number of threads at once.

    Attributes:
        name: of the model.
        version: of the model.
        signatures: ``SignatureDef`` by name.
    """

    def __init__(self, name: str, version: int, session: Any, signatures: Mapping[str, Any]):
        self.name = name
        self.version = version
        self.signatures = signatures
        self._session = session
        self._lock = threading.Lock()
        self._calls = 0
        self._on_closed: Callable[[], None] | None = None

    def enter(self) -> None:
        """Note that a call begins: until it leaves, nothing is freed."""
        with self._lock:
            self._calls += 1

    def leave(self) -> None:
        """Note that a call has ended."""
        with self._lock:
            self._calls -= 1
            close = self._on_closed is not None and self._calls == 0
        if close:
            self._close()

    def retire(self, on_closed: Callable[[], None]) -> None:
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
    ) -> dict[str, Any]:
        """Run a signature.

        Args:
            signature_name: empty for ``serving_default``.
            inputs: ``TensorProto`` by name.
            output_filter: names of the outputs to compute; none for all.
            timeout: seconds after which the work is given up; None for never.

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
        outputs = _choose(signature.outputs, list(output_filter))
        options = tf.compat.v1.RunOptions(timeout_in_ms=_milliseconds(timeout))
        try:
            return self._session.run(
                {name: info.name for name, info in outputs.items()},
                {signature.inputs[name].name: value for name, value in values.items()},
                options=options,
            )
        except tf.errors.OpError as error:
            raise from_tensorflow(error) from None

    def _close(self) -> None:
        self._session.close()
        if self._on_closed:
            self._on_closed()


def _milliseconds(timeout: float | None) -> int:
    """Return a ``RunOptions.timeout_in_ms``, where 0 means no limit."""
    # gRPC reports a call without a deadline as one of 292 years: more than the field holds.
    if timeout is None or timeout > _LONGEST_TIMEOUT:
        return 0
    return max(1, int(timeout * 1000))


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
