import os
import signal
import threading

import pytest

from client.interrupts import uninterrupted


def test_ctrl_c_waits_for_the_end_of_the_block():
    done = []

    @uninterrupted()
    def work():
        os.kill(os.getpid(), signal.SIGINT)
        with uninterrupted():
            done.append("inner")
        done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_errors_pass_and_the_handler_comes_back():
    with pytest.raises(OSError, match="full"), uninterrupted():
        raise OSError("full")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_works_as_a_decorator_and_in_other_threads():
    done = []
    thread = threading.Thread(target=uninterrupted()(lambda: done.append(1)))
    thread.start()
    thread.join()
    assert done == [1]
