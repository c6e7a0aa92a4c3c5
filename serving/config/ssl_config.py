"""TLS credentials from a text-format ``SSLConfig`` (TensorFlow Serving's ``--ssl_config_file``).

Its fields hold PEM text, not file names.
"""

from typing import Any

import grpc

from serving.config import config_messages
from serving.config.model_config import parse_text_proto
from serving.errors import invalid_argument


def server_credentials(path: str) -> Any:
    """Return the ``grpc.ServerCredentials`` that an ``SSLConfig`` file describes.

    Args:
        path: of the file; empty for no TLS, for which it returns None.

    Raises:
        ServingError: the file does not parse, or a field is missing or not PEM text.
    """
    if not path:
        return None
    config = parse_text_proto(path, config_messages.new("SSLConfig"))
    required = ["server_key", "server_cert"]
    if config.client_verify or config.custom_ca:
        required.append("custom_ca")
    for field in required:
        value = getattr(config, field)
        if not value:
            raise invalid_argument(f"{path}: {field} is missing")
        if "-----BEGIN " not in value:
            raise invalid_argument(
                f"{path}: {field} must hold PEM text (-----BEGIN …), not a file name"
            )
    return grpc.ssl_server_credentials(
        [(config.server_key.encode(), config.server_cert.encode())],
        root_certificates=config.custom_ca.encode() or None,
        require_client_auth=config.client_verify,
    )
