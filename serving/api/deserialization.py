"""Rejects requests that do not deserialize, without grpc's memory leak.

When a deserializer raises, grpc 1.80 never frees the call, about 15 KB each time, and logs a
traceback. So here no deserializer raises: it returns a marker, and the method answers the
marker as gRPC would.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import grpc

_MALFORMED = object()


class DeserializationInterceptor(grpc.ServerInterceptor):
    """Answers INTERNAL, as gRPC does in every language, to bytes that do not deserialize."""

    def intercept_service(
        self, continuation: Callable[[Any], Any], handler_call_details: Any
    ) -> Any:
        """Return the method's handler with a deserializer that does not raise."""
        handler = continuation(handler_call_details)
        if handler is None or handler.request_deserializer is None:
            return handler
        kind = (
            f"{'stream' if handler.request_streaming else 'unary'}_"
            f"{'stream' if handler.response_streaming else 'unary'}"
        )
        # wraps() also copies the attributes by which a method tells grpc how to call it:
        # experimental_thread_pool, and for health's Watch experimental_non_blocking.
        method = getattr(handler, kind)
        checked = _check_stream(method) if handler.request_streaming else _check(method)
        return handler._replace(
            request_deserializer=_mark_malformed(handler.request_deserializer),
            **{kind: functools.wraps(method)(checked)},
        )


def _mark_malformed(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def deserialize_or_mark(data: bytes) -> Any:
        try:
            return deserialize(data)
        except Exception:  # protobuf's DecodeError, or anything else that the bytes cause
            return _MALFORMED

    return deserialize_or_mark


def _check(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(request: Any, context: Any, *more: Any) -> Any:
        _abort_if_malformed(request, context)
        return method(request, context, *more)

    return call


def _check_stream(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(requests: Iterator[Any], context: Any, *more: Any) -> Any:
        def checked() -> Iterator[Any]:
            for request in requests:
                _abort_if_malformed(request, context)
                yield request

        return method(checked(), context, *more)

    return call


def _abort_if_malformed(request: Any, context: Any) -> None:
    if request is _MALFORMED:
        context.abort(grpc.StatusCode.INTERNAL, "Exception deserializing request!")
