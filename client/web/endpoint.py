"""The page's endpoint: its socket, its URL, and the token that other machines need."""

import errno
import ipaddress
import re
import secrets
import socket
import sys
from pathlib import Path

from client.errors import StoryError, reason

MIN_TOKEN_LENGTH = 16  # characters

_TOKEN = re.compile(r"[A-Za-z0-9_-]*")
_ANY_ADDRESS = ("", "0.0.0.0", "::")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def page_token(host: str, path: str | None) -> str | None:
    """Return the token that a browser must present; None where only this machine can connect.

    Raises:
        StoryError: the file cannot be read, or holds no token or too short a one.
    """
    if path is None:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    try:
        token = Path(path).read_text("ascii", "replace").strip()
    except OSError as error:
        raise StoryError("access_unreadable", path=path, why=reason(error)) from None
    if len(token) < MIN_TOKEN_LENGTH or not _TOKEN.fullmatch(token):
        raise StoryError("page_token_short", path=path, least=MIN_TOKEN_LENGTH)
    return token


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host``; port 0 is any free port.

    Raises:
        StoryError: the port is taken, or this machine has no such address.
    """
    address = f"{_in_url(host)}:{port}"
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, _address_option(), 1)
            listener.bind(where)
            listener.listen()
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise StoryError("port_taken", address=address) from None
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise StoryError("host_bad", address=address, why=why) from None
    return listener


def url(host: str, listener: socket.socket, token: str | None) -> str:
    """Return the address to open in a browser."""
    name = _in_url(socket.gethostname() if host in _ANY_ADDRESS else host)
    query = f"?token={token}" if token else ""
    return f"http://{name}:{listener.getsockname()[1]}/{query}"


def _address_option() -> int:
    """Return the option that allows a restart on the same port, and no second listener.

    On Windows ``SO_REUSEADDR`` would let another program listen on a port that is taken.
    """
    if sys.platform == "win32":
        return socket.SO_EXCLUSIVEADDRUSE
    return socket.SO_REUSEADDR


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
