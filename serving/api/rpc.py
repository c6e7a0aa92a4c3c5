"""What every remote call shares: a gate to drain the server, and errors as gRPC statuses."""

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from serving.status import ServingError

_log = logging.getLogger("serving")


class Gate:
    """Counts running calls; once closed it lets no further one in.

    gRPC's own shutdown answers calls that arrive meanwhile with CANCELLED, as if the caller
    had cancelled; behind a closed gate they get UNAVAILABLE, which clients retry elsewhere.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold the gate's account of one call.

        Raises:
            ServingError: UNAVAILABLE once the gate is closed.
        """
        with self._changed:
            if self._closed:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def close(self, timeout: float) -> None:
        """Let nobody in, and wait at most ``timeout`` seconds until all are out."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._running == 0, timeout)


def answers(method: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """Wrap a method ``(self, request, context)`` of a servicer that has a ``gate``.

    A ``ServingError`` goes to the caller as its code and text; anything unforeseen as
    INTERNAL, with the traceback in the server's log only. (A call whose caller has gone while
    it waited for a thread never gets here: grpc drops it.)
    """

    @functools.wraps(method)
    def call(self: Any, request: Any, context: Any) -> Any:
        try:
            with self.gate.call():
                return method(self, request, context)
        except ServingError as error:
            failure = error
        except Exception as error:
            _log.exception("%s failed", method.__qualname__)
            failure = ServingError(
                grpc.StatusCode.INTERNAL, f"{type(error).__name__} (see the server's log)"
            )
        return context.abort(failure.code, failure.message)

    return call
