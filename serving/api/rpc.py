"""Shared by all RPCs: counting calls in flight, and reporting errors as gRPC statuses."""

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from serving.errors import ServingError

_log = logging.getLogger("serving")


class InFlightCalls:
    """Counts running calls, and rejects new ones once draining has begun.

    gRPC's own shutdown answers calls that arrive meanwhile with CANCELLED, as if the caller
    had cancelled; here they get UNAVAILABLE, which clients retry elsewhere.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._draining = False

    @contextmanager
    def track(self) -> Iterator[None]:
        """Count one call while it runs.

        Raises:
            ServingError: UNAVAILABLE once draining has begun.
        """
        with self._changed:
            if self._draining:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "the server is shutting down")
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def drain(self, timeout: float) -> None:
        """Reject new calls, and wait up to ``timeout`` seconds until none is running."""
        with self._changed:
            self._draining = True
            self._changed.wait_for(lambda: self._running == 0, timeout)


def rpc_method(method: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """Wrap a method ``(self, request, context)`` of a servicer whose ``calls`` counts it.

    A ``ServingError`` reaches the caller as its code and text; any other exception as
    INTERNAL, with the traceback in the server's log only. (A call cancelled while it waits
    for a thread never gets here: grpc drops it.)
    """

    @functools.wraps(method)
    def call(self: Any, request: Any, context: Any) -> Any:
        try:
            with self.calls.track():
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
