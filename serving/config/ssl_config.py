"""TLS from a text-format ``SSLConfig``, the file of TensorFlow Serving's ``--ssl_config_file``.

The fields hold PEM text, not file names.
"""

from typing import Any

import grpc

from serving.config import config_messages
from serving.config.model_config import parse_text_proto
from serving.errors import ServingError


def server_credentials(path: str) -> Any:
    """Return ``grpc.ServerCredentials`` as an ``SSLConfig`` file describes them.

    Args:
        path: of the file; empty for no TLS, which returns None.

    Raises:
        ServingError: the file does not parse, or a part is missing or no PEM text.
    """
    if not path:
        return None
    config = parse_text_proto(path, config_messages.new("SSLConfig"))
    wanted = ["server_key", "server_cert"]
    if config.client_verify or config.custom_ca:
        wanted.append("custom_ca")
    for field in wanted:
        value = getattr(config, field)
        if not value:
            raise _invalid(f"{path}: {field} is missing")
        if "-----BEGIN " not in value:
            raise _invalid(f"{path}: {field} must hold PEM text (-----BEGIN …), not a file name")
    return grpc.ssl_server_credentials(
        [(config.server_key.encode(), config.server_cert.encode())],
        root_certificates=config.custom_ca.encode() or None,
        require_client_auth=config.client_verify,
    )


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
