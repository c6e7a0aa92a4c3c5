"""A gRPC channel to one server, for TensorFlow Serving's ``PredictionService/Predict``."""

import os
from typing import Any

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read when grpc is imported

import grpc

from client.interrupts import uninterrupted
from client.remote.access import Access, is_loopback
from client.remote.predict_pb2 import PredictRequest, PredictResponse

PREDICT = "/tensorflow.serving.PredictionService/Predict"

_OPTIONS = [
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.max_receive_message_length", 64 << 20),
    # The server that died may be back soon, and somebody is waiting.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.min_reconnect_backoff_ms", 3_000),  # how long one attempt to connect may take
]


class Connection:
    """A channel to ``address`` (``host:port``)."""

    def __init__(self, address: str, access: Access) -> None:
        options: list[tuple[str, int]] = list(_OPTIONS)
        if is_loopback(address):  # a proxy's loopback is another machine's
            options.append(("grpc.enable_http_proxy", 0))
        if access.tls:
            credentials = grpc.ssl_channel_credentials(access.ca, access.key, access.certificate)
            self._channel = grpc.secure_channel(address, credentials, options=options)
        else:
            self._channel = grpc.insecure_channel(address, options=options)
        self._metadata = [("authorization", f"Bearer {access.token}")] if access.token else None
        self._predict = self._channel.unary_unary(
            PREDICT,
            request_serializer=PredictRequest.SerializeToString,
            response_deserializer=PredictResponse.FromString,
        )

    @uninterrupted()
    def start(self, request: PredictRequest, timeout: float) -> Any:
        """Send a request; return the call, a ``grpc.Future``, which ends after ``timeout`` s."""
        return self._predict.future(request, timeout=timeout, metadata=self._metadata)

    @uninterrupted()
    def close(self) -> None:
        """Close it; answers on their way are given up."""
        self._channel.close()
