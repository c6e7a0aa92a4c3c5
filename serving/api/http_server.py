"""The HTTP port (``--rest_api_port``): metrics, and the state of a model for health checks.

Of TensorFlow Serving's REST API this is ``GET /v1/models/NAME``, with ``/versions/N`` or
``/labels/LABEL`` behind it. Predictions go over gRPC.
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
_IDLE_SECONDS = 10  # for a request to arrive; a connection holds a thread
# Upstream's ToHTTPStatusCode in http_server.cc, of the codes that occur here.
_HTTP_STATUS = {
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
}


class HttpServer:
    """Answers GET requests beside the gRPC server, from the moment it is made."""

    def __init__(self, host: str, port: int, manager: ModelManager, metrics_path: str):
        """Listen.

        Args:
            host: name or address.
            port: 0 for any free one.
            manager: whose models are shown.
            metrics_path: where the metrics are; empty for nowhere.

        Raises:
            ServingError: UNAVAILABLE if it cannot listen there.
        """

        class Handler(_Handler):
            models, metrics_at = manager, metrics_path

        server = _Server6 if ":" in host else _Server
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
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("HTTP request of %s failed", client_address, exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(http.server.BaseHTTPRequestHandler):
    models: ModelManager
    metrics_at: str
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.metrics_at and path == self.metrics_at:
            self._answer(HTTPStatus.OK, metrics.exposition(), CONTENT_TYPE_PLAIN_0_0_4)
        elif match := _MODEL.fullmatch(path):
            self._show(*match.groups())
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"Malformed request: GET {self.path}")

    def do_POST(self) -> None:
        self._refuse(HTTPStatus.NOT_IMPLEMENTED, "predictions go over gRPC: see --port")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library cannot read, as JSON like all else here."""
        self.close_connection = True
        self._refuse(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def _show(self, name: str, kind: str | None, which: str | None) -> None:
        spec = model_pb2.ModelSpec(name=unquote(name))
        try:
            if kind == "versions":
                spec.version.value = int(which or "")
            elif kind == "labels":
                spec.version_label = unquote(which or "")
            response = status_response(self.models.statuses(spec))
        except ServingError as error:
            self._refuse(
                _HTTP_STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR), error.message
            )
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST, f"{which} is not a version number")
        else:
            text = json_format.MessageToJson(
                response,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            self._answer(HTTPStatus.OK, text.encode() + b"\n", "application/json")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        body = json.dumps({"error": message}, ensure_ascii=False).encode() + b"\n"
        self._answer(status, body, "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug("HTTP " + format, *args)
