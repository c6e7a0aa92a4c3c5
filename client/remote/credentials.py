"""What a connection to a server needs: TLS, certificates and a token."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from client.errors import PredictionError, reason

TOKEN_VARIABLE = "SOSEOL_TOKEN"

_LOOPBACK = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\]):[0-9]+")


class Credentials(NamedTuple):
    """What a connection needs; certificates and key are the bytes of PEM files.

    Attributes:
        tls: whether the connection is encrypted and the server's certificate checked.
        ca: trusted certificates; None for gRPC's own.
        certificate: of this client, for mutual TLS.
        key: of that certificate.
        token: sent with every call, as ``authorization: Bearer <token>``; may be empty.
    """

    tls: bool = False
    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None
    token: str = ""


def is_loopback(address: str) -> bool:
    """Return whether ``host:port`` is on this machine."""
    return bool(_LOOPBACK.fullmatch(address))


def read_credentials(
    addresses: Sequence[str],
    tls: bool,
    ca_file: str | None,
    cert_file: str | None,
    key_file: str | None,
    token_file: str | None,
) -> Credentials:
    """Read the files; without ``token_file`` the token is that of ``SOSEOL_TOKEN``, if set.

    Raises:
        PredictionError: a file cannot be read or holds something else, or a token would be sent
            unencrypted to another machine.
    """
    token = _token(token_file)
    if token and not tls:
        for address in addresses:
            if not is_loopback(address):
                raise PredictionError("token_needs_tls", address=address)
    ca, certificate, key = (_pem(path) for path in (ca_file, cert_file, key_file))
    return Credentials(tls, ca, certificate, key, token)


def _token(path: str | None) -> str:
    token = _read(path).decode("utf-8", "replace") if path else os.environ.get(TOKEN_VARIABLE, "")
    token = token.strip()
    if path and not token:
        raise PredictionError("token_empty", path=path)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise PredictionError("token_bad", source=path or TOKEN_VARIABLE)
    return token


def _pem(path: str | None) -> bytes | None:
    if path is None:
        return None
    data = _read(path)
    if b"-----BEGIN " not in data:
        raise PredictionError("pem_bad", path=path)
    return data


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PredictionError("access_unreadable", path=path, why=reason(error)) from None
