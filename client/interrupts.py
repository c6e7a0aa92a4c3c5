"""Holds Ctrl-C back where it would leave something half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish what is in the ``with`` block, or the decorated function, before Ctrl-C is felt.

    For short work only: a file's replacement, or gRPC's bookkeeping, which waits for ever in
    ``Channel.close`` if a ``KeyboardInterrupt`` broke off the start of a call (grpcio 1.80).

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed meanwhile.
    """
    before = signal.getsignal(signal.SIGINT)
    if (
        before is not signal.default_int_handler
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    pressed = []
    signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            raise KeyboardInterrupt
