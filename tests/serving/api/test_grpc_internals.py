"""Undocumented behaviour of grpcio that the server relies on.

It was last checked in grpcio 1.80.0 (``grpc/_server.py``, ``grpc/_utilities.py``). If a test
here fails after an upgrade, the code that it names needs another way.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection

from serving.api.deserialization import DeserializationInterceptor

CHECKED = f"grpcio {grpc.__version__}; this was last checked in grpcio 1.80.0:"


@contextmanager
def _serve(handler: Any, *interceptors: Any) -> Iterator[grpc.Channel]:
    """Serve one method, /test/Method, from one thread named "default"."""
    pool = futures.ThreadPoolExecutor(1, thread_name_prefix="default")
    server = grpc.server(pool, interceptors=interceptors)
    service = grpc.method_handlers_generic_handler("test", {"Method": handler})
    server.add_generic_rpc_handlers([service])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        server.stop(0).wait()


@pytest.fixture(params=[False, True], ids=["alone", "behind our interceptor"])
def interceptors(request) -> list[grpc.ServerInterceptor]:
    return [DeserializationInterceptor()] if request.param else []


def _identity(data: bytes) -> bytes:
    return data


def test_experimental_thread_pool_of_a_method(interceptors):
    """Health checks and reflection run in their own threads: serving/server.py, reflection.py."""

    def method(request, context):
        return threading.current_thread().name.encode()

    method.experimental_thread_pool = futures.ThreadPoolExecutor(1, thread_name_prefix="own")
    handler = grpc.unary_unary_rpc_method_handler(method, request_deserializer=_identity)
    with _serve(handler, *interceptors) as channel:
        thread = channel.unary_unary("/test/Method")(b"", timeout=20)
    assert thread.startswith(b"own"), (
        f"{CHECKED} a method's attribute experimental_thread_pool no longer chooses its threads"
    )


def test_experimental_non_blocking_of_a_method(interceptors):
    """Health's Watch occupies no thread: serving/api/deserialization.py passes a callback on."""
    arguments = []

    def method(request, context, send_response=None):
        arguments.append(send_response)
        if send_response is None:
            return iter([b"1"])
        send_response(b"1")
        send_response(None)
        return None

    method.experimental_non_blocking = True
    handler = grpc.unary_stream_rpc_method_handler(method, request_deserializer=_identity)
    with _serve(handler, *interceptors) as channel:
        assert list(channel.unary_stream("/test/Method")(b"", timeout=20)) == [b"1"]
    assert callable(arguments[0]), (
        f"{CHECKED} a method with the attribute experimental_non_blocking gets no callback"
    )


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (grpc.unary_unary_rpc_method_handler, "unary_unary"),
        (grpc.unary_stream_rpc_method_handler, "unary_stream"),
        (grpc.stream_unary_rpc_method_handler, "stream_unary"),
        (grpc.stream_stream_rpc_method_handler, "stream_stream"),
    ],
)
def test_method_handlers_are_named_tuples(make, kind):
    """serving/api/deserialization.py replaces two of their fields."""
    handler = make(print, request_deserializer=_identity)
    changed = handler._replace(request_deserializer=str, **{kind: len})
    assert (changed.request_deserializer, getattr(changed, kind)) == (str, len), (
        f"{CHECKED} RpcMethodHandler is no longer a named tuple with a field {kind}"
    )


def test_servicers_that_get_a_thread_pool():
    """serving/server.py and serving/api/reflection.py set the attribute on these methods."""
    pool = futures.ThreadPoolExecutor(1)
    servicer = health.HealthServicer(experimental_thread_pool=pool)
    assert servicer.Watch.experimental_thread_pool is pool, f"{CHECKED} Watch takes no pool"
    assert servicer.Watch.experimental_non_blocking, f"{CHECKED} Watch occupies a thread"
    assert callable(servicer.Check.__func__), f"{CHECKED} Check is no plain method"
    assert callable(reflection.ReflectionServicer.ServerReflectionInfo)


def _calls_kept(make_call: Callable[[], None], count: int = 30) -> int:
    """Return how many of ``count`` calls the server has not freed."""

    def states() -> int:
        gc.collect()
        return sum(type(thing).__name__ == "_RPCState" for thing in gc.get_objects())

    make_call()
    before = states()
    for _ in range(count):
        make_call()
    return states() - before


def test_calls_that_do_not_deserialize_are_freed_by_the_interceptor_only(caplog):
    def broken(data: bytes) -> bytes:
        raise ValueError("not a message")

    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, context: request, request_deserializer=broken
    )

    def kept(*interceptors: Any) -> int:
        with _serve(handler, *interceptors) as channel:
            call = channel.unary_unary("/test/Method")

            def refused() -> None:
                with pytest.raises(grpc.RpcError) as caught:
                    call(b"x", timeout=20)
                assert caught.value.code() == grpc.StatusCode.INTERNAL
                assert caught.value.details() == "Exception deserializing request!"

            return _calls_kept(refused)

    assert kept(DeserializationInterceptor()) < 5
    assert not caplog.records
    assert kept() > 20, (
        f"{CHECKED} calls that do not deserialize no longer leak, so the server may not need "
        "serving/api/deserialization.py any more"
    )
