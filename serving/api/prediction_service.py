"""``tensorflow.serving.PredictionService``: Predict and GetModelMetadata.

Classify, Regress and MultiInference take ``tf.Example`` and return UNIMPLEMENTED: Soseol's
models take strings.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving import metrics
from serving.api.rpc import InFlightCalls, rpc_method
from serving.errors import ServingError, invalid_argument
from serving.models.manager import ModelManager
from serving.models.servable import DEFAULT_SIGNATURE
from serving.models.tensor_proto import encode

SERVICE_NAME = "tensorflow.serving.PredictionService"
_SIGNATURE_FIELD = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Runs the signatures of a manager's models."""

    def __init__(self, manager: ModelManager, calls: InFlightCalls):
        self.calls = calls
        self._manager = manager

    @rpc_method
    def Predict(self, request: Any, context: Any) -> Any:
        """Run one signature on a batch of rows."""
        with self._counted(request.model_spec.name):
            return self._predict(request, context)

    def _predict(self, request: Any, context: Any) -> Any:
        _require_model_spec(request)
        with self._manager.servable_handle(request.model_spec) as servable:
            name = request.model_spec.signature_name or DEFAULT_SIGNATURE
            values = servable.predict(
                name,
                request.inputs,
                request.output_filter,
                context.time_remaining(),
                context.add_callback,
            )
            response = predict_pb2.PredictResponse()
            _set_spec(response.model_spec, servable.name, servable.version, name)
            for alias, value in values.items():
                dtype = servable.signatures[name].outputs[alias].dtype
                encode(value, dtype, response.outputs[alias])
        return response

    @rpc_method
    def GetModelMetadata(self, request: Any, context: Any) -> Any:
        """Return the signatures of a version."""
        _require_model_spec(request)
        if not request.metadata_field:
            raise invalid_argument(
                "GetModelMetadataRequest must specify at least one metadata_field"
            )
        for field in request.metadata_field:
            if field != _SIGNATURE_FIELD:
                raise invalid_argument(f"Metadata field {field} is not supported")
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        with self._manager.servable_handle(request.model_spec) as servable:
            for name, signature in servable.signatures.items():
                signatures.signature_def[name].CopyFrom(signature)
            _set_spec(response.model_spec, servable.name, servable.version)
        response.metadata[_SIGNATURE_FIELD].Pack(signatures)
        return response

    @contextmanager
    def _counted(self, model: str) -> Iterator[None]:
        """Count a request by its status, and record its latency if it succeeds."""
        # Callers could otherwise fill the memory with counters for made-up names.
        model = model if model in self._manager.available() else ""
        started = time.perf_counter()
        status = "INTERNAL"
        try:
            yield
            status = "OK"
        except ServingError as error:
            status = error.code.name
            raise
        finally:
            metrics.request_count.labels(model, status).inc()
        metrics.request_latency.labels(model, "Predict", "GRPC").observe(
            (time.perf_counter() - started) * 1e6
        )


def _require_model_spec(request: Any) -> None:
    if not request.HasField("model_spec"):
        raise invalid_argument("Missing ModelSpec")


def _set_spec(spec: Any, name: str, version: int, signature_name: str = "") -> None:
    spec.name = name
    spec.version.value = version
    spec.signature_name = signature_name
