"""Which requests the page accepts, and what a browser may do with its responses.

Every response forbids scripts, styles and connections from anywhere else (Content Security Policy
Level 3), and markup made from strings (Trusted Types). A request is checked before anything reads
it: ``Host`` against DNS rebinding, ``Origin`` and ``Sec-Fetch-Site`` against other sites in the
same browser, a token where other machines can connect, and its size.
"""

import hmac
import ipaddress
import socket
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1 << 20  # of a request's body, which may be a pasted opening

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE_METHODS = ("GET", "HEAD")


class SecurityMiddleware:
    """Passes requests from the page itself on to ``app`` and refuses all others."""

    def __init__(self, app: ASGIApp, names: Iterable[str], port: int, token: str | None) -> None:
        """Protect ``app``.

        Args:
            app: the application to protect.
            names: host names that the page may be reached by, besides ``localhost`` and any IP
                address. An address cannot be rebound to another machine.
            port: of the page; distinguishes its cookie from that of another page on this machine.
            token: that a browser must present; None if everybody who can connect is let in.
        """
        self._app = app
        self._names = {name.lower() for name in (*names, "localhost")}
        self._token = token
        self._cookie = f"soseol-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        send = _with_headers(send)
        refusal = self._refusal(scope)
        if refusal is None:
            body = await _body(scope, receive)
            if body is not None:
                await self._app(scope, _replay(body, receive), send)
                return
            refusal = PlainTextResponse(f"at most {MAX_BODY_BYTES} bytes", 413)
        await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_known(host):
            return PlainTextResponse("unknown host", 421)
        site = headers.get("sec-fetch-site", "none")
        if scope["method"] not in _SAFE_METHODS:
            if headers.get("origin") not in (f"http://{host}", f"https://{host}"):
                return PlainTextResponse("request from another site", 403)
        elif site not in ("same-origin", "none") and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("request from another site", 403)
        return self._check_token(scope, headers)

    def _is_known(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return name.lower() in self._names
        return True

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the response to a browser without the token's cookie: set it, or refuse."""
        if self._token is None or self._is_token(_cookie(headers, self._cookie)):
            return None
        if scope["path"] == "/" and scope["method"] in _SAFE_METHODS:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
            if self._is_token(given[0]):
                response = RedirectResponse("/", 303)
                response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
                return response
        return PlainTextResponse("open the address that was printed, with its token", 401)

    def _is_token(self, given: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())


def host_names(host: str) -> list[str]:
    """Return the names by which a browser may reach a page that listens on ``host``."""
    name = socket.gethostname()
    return [host, name, f"{name}.local"]


def _cookie(headers: Headers, name: str) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too large."""
    announced = Headers(scope=scope).get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MAX_BODY_BYTES:
        return None
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that starts with a body that has been read already."""
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_HEADERS)
        await send(message)

    return send_with_headers
