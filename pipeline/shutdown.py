"""Ends a job at once when it is told to, with the worker processes that it started."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

import psutil

_JOB = "SOSEOL_JOB"  # environment variable: process id of the job, for its workers


class Stopped(KeyboardInterrupt):
    """The job was told to end.

    Attributes:
        exit_code: what a shell gives a process that ends by this signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def handle_signals() -> None:
    """Makes Ctrl-C and SIGTERM raise `Stopped` in the main thread, so that the job cleans up."""
    os.environ[_JOB] = str(os.getpid())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def exit_with_job() -> None:
    """Ends this worker process when its job is gone; Beam's would wait for it for ever."""

    def wait(job: psutil.Process) -> None:
        job.wait()
        os._exit(1)

    if number := os.environ.get(_JOB):
        threading.Thread(target=wait, args=(psutil.Process(int(number)),), daemon=True).start()


def exit_process(code: int) -> NoReturn:
    """Ends the process with an exit code of `pipeline.command.run`.

    The threads of a stopped job may still be inside a library (Java, Kiwi). Python's own way out
    would break them off there, and the library would abort the process.
    """
    if code > 128:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)  # once is enough
    threading.excepthook = lambda args: None  # of the threads that wait for the workers
    # Beam would wait till they have done what they are at.
    for worker in psutil.Process().children(recursive=True):
        worker.kill()
    raise Stopped(number)
