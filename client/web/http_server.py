"""Runs the page's HTTP server until a signal ends it."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from client.web.app import application
from client.web.security import SecurityMiddleware, host_names
from client.web.shared_session import SharedSession

GRACE_SECONDS = 3  # for responses in progress when the page ends


def serve(
    shared: SharedSession,
    language: str,
    host: str,
    listener: socket.socket,
    token: str | None,
    ready: Callable[[], None],
) -> None:
    """Serve the page until SIGINT or SIGTERM (or Ctrl-Break on Windows).

    Args:
        shared: the session.
        language: of the page, ``ko`` or ``en``.
        host: that ``listener`` was made for.
        listener: a listening socket.
        token: that a browser must present, if any.
        ready: called once the page can be opened and a signal ends it cleanly.
    """
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        SecurityMiddleware(application(shared, language), host_names(host), port, token),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _StreamingServer(config, shared, ready)
    # uvicorn raises captured signals again when it ends; the story is still to be saved then.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last one is Windows' Ctrl-Break
        if number := getattr(signal, name, None):
            signal.signal(number, server.end_soon)
    asyncio.run(server.serve([listener]))


class _StreamingServer(uvicorn.Server):
    """Ends the streams of updates on a signal: they would never end on their own."""

    def __init__(
        self, config: uvicorn.Config, shared: SharedSession, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._shared = shared
        self._ready = ready

    def end_soon(self, *_: object) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        asyncio.get_running_loop().call_soon_threadsafe(self._shared.end_updates)
