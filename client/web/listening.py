"""Where the page listens, and the token that it needs where other machines can come in."""

import errno
import ipaddress
import re
import secrets
import socket
from pathlib import Path

from client.errors import StoryError, reason

LEAST_TOKEN = 16  # characters

_TOKEN = re.compile(r"[A-Za-z0-9_-]*")
_ANYWHERE = ("", "0.0.0.0", "::")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def page_token(host: str, path: str | None) -> str | None:
    """Return the token that a browser has to know; None where only this machine can come in.

    Raises:
        StoryError: the file cannot be read, or what it holds is too short or no token.
    """
    if path is None:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    try:
        token = Path(path).read_text("ascii", "replace").strip()
    except OSError as error:
        raise StoryError("access_unreadable", path=path, why=reason(error)) from None
    if len(token) < LEAST_TOKEN or not _TOKEN.fullmatch(token):
        raise StoryError("page_token_short", path=path, least=LEAST_TOKEN)
    return token


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host``; 0 for any port that is free.

    Raises:
        StoryError: the port is taken, or there is no such address here.
    """
    address = f"{_in_url(host)}:{port}"
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
            listening.listen()
        except BaseException:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise StoryError("port_taken", address=address) from None
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise StoryError("host_bad", address=address, why=why) from None
    return listening


def url(host: str, listening: socket.socket, token: str | None) -> str:
    """Return what to open in a browser."""
    name = _in_url(socket.gethostname() if host in _ANYWHERE else host)
    query = f"?token={token}" if token else ""
    return f"http://{name}:{listening.getsockname()[1]}/{query}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
