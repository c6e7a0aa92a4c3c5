"""HTTP on ``--rest_api_port``: Prometheus metrics, and model status for health checks.

Of TensorFlow Serving's REST API it implements ``GET /v1/models/NAME``, optionally followed by
``/versions/N`` or ``/labels/LABEL``. Predictions use gRPC.
"""

import http.server
import json
import logging
import re
import socket
import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import grpc
from google.protobuf import json_format
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from tensorflow_serving.apis import model_pb2

from serving import metrics
from serving.api.model_service import status_response
from serving.api.ports import address
from serving.errors import ServingError
from serving.models.manager import ModelManager

_log = logging.getLogger("serving")

_MODEL = re.compile(r"/v1/models/([^/:]+)(?:/(versions|labels)/([^/:]+))?")
_IDLE_SECONDS = 10  # for a request to arrive; each connection occupies a thread
# As upstream's ToHTTPStatusCode (http_server.cc), for the codes that occur here.
_HTTP_STATUS = {
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
}


class HttpServer:
    """Answers GET requests from a background thread, from construction until ``stop``."""

    def __init__(self, host: str, port: int, manager: ModelManager, metrics_path: str):
        """Listen and start answering.

        Args:
            host: name or address.
            port: 0 for any free port.
            manager: whose models are reported.
            metrics_path: path of the metrics; empty to serve none.

        Raises:
            ServingError: UNAVAILABLE if the server cannot listen there.
        """

        class Handler(_Handler):
            models, metrics_url_path = manager, metrics_path

        server = _ThreadingServerIPv6 if ":" in host else _ThreadingServer
        try:
            self._server = server((host, port), Handler)
        except OSError as error:
            raise ServingError(
                grpc.StatusCode.UNAVAILABLE,
                f"cannot listen on {address(host, port)}: {error.strerror}",
            ) from None
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="http", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _ThreadingServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("HTTP request from %s failed", client_address, exc_info=True)


class _ThreadingServerIPv6(_ThreadingServer):
    address_family = socket.AF_INET6


class _Handler(http.server.BaseHTTPRequestHandler):
    models: ModelManager
    metrics_url_path: str
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.metrics_url_path and path == self.metrics_url_path:
            self._send(HTTPStatus.OK, metrics.exposition(), CONTENT_TYPE_PLAIN_0_0_4)
        elif match := _MODEL.fullmatch(path):
            self._send_status(*match.groups())
        else:
            self._send_json_error(HTTPStatus.NOT_FOUND, f"Malformed request: GET {self.path}")

    def do_POST(self) -> None:
        self._send_json_error(
            HTTPStatus.NOT_IMPLEMENTED, "this server predicts over gRPC only (--port)"
        )

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the errors of ``http.server`` as JSON, like all other errors."""
        self.close_connection = True
        self._send_json_error(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def _send_status(self, name: str, kind: str | None, value: str | None) -> None:
        spec = model_pb2.ModelSpec(name=unquote(name))
        try:
            if kind == "versions":
                spec.version.value = int(value or "")
            elif kind == "labels":
                spec.version_label = unquote(value or "")
            response = status_response(self.models.statuses(spec))
        except ServingError as error:
            self._send_json_error(
                _HTTP_STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR), error.message
            )
        except ValueError:
            self._send_json_error(HTTPStatus.BAD_REQUEST, f"{value} is not a version number")
        else:
            text = json_format.MessageToJson(
                response,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            self._send(HTTPStatus.OK, text.encode() + b"\n", "application/json")

    def _send_json_error(self, status: HTTPStatus, message: str) -> None:
        body = json.dumps({"error": message}, ensure_ascii=False).encode() + b"\n"
        self._send(status, body, "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug("HTTP " + format, *args)
