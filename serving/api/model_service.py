"""``tensorflow.serving.ModelService``: model status and configuration reload."""

from collections.abc import Sequence
from typing import Any

from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
)

from serving.api.rpc import InFlightCalls, rpc_method
from serving.errors import invalid_argument
from serving.models.manager import ModelManager
from serving.models.versions import VersionStatus

SERVICE_NAME = "tensorflow.serving.ModelService"


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Reports and changes what a manager serves."""

    def __init__(self, manager: ModelManager, calls: InFlightCalls):
        self.calls = calls
        self._manager = manager

    @rpc_method
    def GetModelStatus(self, request: Any, context: Any) -> Any:
        """Return the state of one version, or of all with the newest first."""
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        return status_response(self._manager.statuses(request.model_spec))

    @rpc_method
    def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:
        """Serve exactly the models of the request, and return once they are loaded.

        TensorFlow Serving may return before new versions of known models are loaded, and a
        new model whose base path does not exist keeps it waiting; here that is NOT_FOUND.
        """
        self._manager.apply(request.config)
        return model_management_pb2.ReloadConfigResponse(status={"error_code": 0})


def status_response(statuses: Sequence[VersionStatus]) -> Any:
    """Return a ``GetModelStatusResponse`` with the newest version first.

    Args:
        statuses: lowest version first.
    """
    response = get_model_status_pb2.GetModelStatusResponse()
    for status in reversed(statuses):
        item = response.model_version_status.add(version=status.version, state=status.state)
        item.status.error_code = status.error.code.value[0] if status.error else 0
        item.status.error_message = status.error.message if status.error else ""
    return response
