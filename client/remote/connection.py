"""A gRPC channel to one server, for TensorFlow Serving's ``PredictionService/Predict``."""

import os
from typing import Any

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read when grpc is imported

import grpc

from client.interrupts import uninterrupted
from client.remote.credentials import Credentials, is_loopback
from client.remote.predict_pb2 import PredictRequest, PredictResponse

PREDICT = "/tensorflow.serving.PredictionService/Predict"

_OPTIONS = [
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.max_receive_message_length", 64 << 20),
    # A server that died may be back soon, and the writer is waiting.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.min_reconnect_backoff_ms", 3_000),  # and the time that one attempt may take
]


class Connection:
    """A channel to ``address`` (``host:port``)."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        options: list[tuple[str, int]] = list(_OPTIONS)
        if is_loopback(address):  # a proxy would connect to its own loopback
            options.append(("grpc.enable_http_proxy", 0))
        if credentials.tls:
            channel = grpc.ssl_channel_credentials(
                credentials.ca, credentials.key, credentials.certificate
            )
            self._channel = grpc.secure_channel(address, channel, options=options)
        else:
            self._channel = grpc.insecure_channel(address, options=options)
        token = credentials.token
        self._metadata = [("authorization", f"Bearer {token}")] if token else None
        self._predict = self._channel.unary_unary(
            PREDICT,
            request_serializer=PredictRequest.SerializeToString,
            response_deserializer=PredictResponse.FromString,
        )

    @uninterrupted()
    def start(self, request: PredictRequest, timeout: float) -> Any:
        """Send a request; return the call, a ``grpc.Future``, with a deadline of ``timeout`` s."""
        return self._predict.future(request, timeout=timeout, metadata=self._metadata)

    @uninterrupted()
    def close(self) -> None:
        """Close the channel; calls in progress are cancelled."""
        self._channel.close()
