"""The gRPC server: services on top of the models, from start to graceful shutdown."""

from collections.abc import Mapping
from concurrent import futures
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from serving.api import model_service, prediction_service, reflection
from serving.api.deserialization import DeserializationInterceptor
from serving.api.ports import address
from serving.api.rpc import InFlightCalls
from serving.config.limits import MAX_MESSAGE_BYTES
from serving.errors import ServingError
from serving.models.manager import ModelManager

_UNLIMITED = 2**31 - 1
_CHANNEL_ARGUMENTS: Mapping[str, int | str] = {
    # Two servers on one port would silently share its calls.
    "grpc.so_reuseport": 0,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": _UNLIMITED,
}
_SERVICES = (prediction_service.SERVICE_NAME, model_service.SERVICE_NAME)
_SEND_SECONDS = 1.0  # for responses still being sent when the last call has ended


class Server:
    """Listens, answers calls, drains."""

    def __init__(
        self,
        manager: ModelManager,
        max_threads: int,
        channel_arguments: Mapping[str, int | str] | None = None,
    ):
        """Register the services.

        Args:
            manager: whose models are served.
            max_threads: calls processed at once.
            channel_arguments: gRPC's own, by name; they override the defaults here.
        """
        self._calls = InFlightCalls()
        self._grpc = grpc.server(
            futures.ThreadPoolExecutor(max_threads, thread_name_prefix="grpc"),
            interceptors=[DeserializationInterceptor()],
            options=list((dict(_CHANNEL_ARGUMENTS) | dict(channel_arguments or {})).items()),
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            prediction_service.PredictionService(manager, self._calls), self._grpc
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            model_service.ModelService(manager, self._calls), self._grpc
        )
        self._health = self._add_health()
        reflection.enable(self._grpc)

    def _add_health(self) -> health.HealthServicer:
        # A thread of its own, as the library itself does for Watch: a busy server is healthy
        # and must not be restarted for being busy.
        thread = futures.ThreadPoolExecutor(1, thread_name_prefix="health")
        servicer = health.HealthServicer(experimental_thread_pool=thread)
        servicer.Check.__func__.experimental_thread_pool = thread
        health_pb2_grpc.add_HealthServicer_to_server(servicer, self._grpc)
        for service in ("", *_SERVICES):
            servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        return servicer

    def start(self, host: str, port: int, credentials: Any = None) -> int:
        """Listen, and return the port.

        Args:
            host: name or address.
            port: 0 for any free port.
            credentials: ``grpc.ServerCredentials``; None to serve without TLS.

        Raises:
            ServingError: UNAVAILABLE if the server cannot listen there.
        """
        target = address(host, port)
        try:
            bound = (
                self._grpc.add_insecure_port(target)
                if credentials is None
                else self._grpc.add_secure_port(target, credentials)
            )
        except RuntimeError:
            raise ServingError(
                grpc.StatusCode.UNAVAILABLE,
                f"cannot listen on {target}"
                + ("" if credentials is None else " with that key and certificate"),
            ) from None
        self._grpc.start()
        return bound

    def stop(self, grace: float) -> None:
        """Report NOT_SERVING, reject new calls, give running ones ``grace`` seconds, then end."""
        self._health.enter_graceful_shutdown()
        self._calls.drain(grace)
        self._grpc.stop(_SEND_SECONDS).wait()
