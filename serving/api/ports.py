"""Addresses to listen on: detects a port in use before models are loaded, which takes seconds."""

import socket

import grpc

from serving.errors import ServingError


def address(host: str, port: int) -> str:
    """Return ``host:port`` as gRPC expects it: IPv6 addresses in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_free(host: str, port: int, flag: str = "--port") -> None:
    """Bind the port for a moment.

    Args:
        host: name or address.
        port: 0 for any free port.
        flag: the flag that sets the port, for the message.

    Raises:
        ServingError: UNAVAILABLE, with the reason.
    """
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of a server that has just ended (TIME_WAIT) do not count as in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        raise ServingError(
            grpc.StatusCode.UNAVAILABLE,
            f"cannot listen on {address(host, port)}: {error.strerror}"
            + (f" (choose another {flag})" if port else ""),
        ) from None
