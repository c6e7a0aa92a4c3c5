"""Ends a job, and the worker processes it started, at once on Ctrl-C and SIGTERM."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

import psutil

_JOB = "SOSEOL_JOB"  # environment variable: process id of the job, for its workers


class Stopped(KeyboardInterrupt):
    """The job received SIGINT or SIGTERM.

    Attributes:
        exit_code: the exit code that shells give for this signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def handle_signals() -> None:
    """Make Ctrl-C and SIGTERM raise `Stopped` in the main thread, so that the job cleans up."""
    os.environ[_JOB] = str(os.getpid())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def exit_with_job() -> None:
    """End this worker process when its job ends; Beam's own workers would wait forever."""

    def wait(job: psutil.Process) -> None:
        job.wait()
        os._exit(1)

    if number := os.environ.get(_JOB):
        threading.Thread(target=wait, args=(psutil.Process(int(number)),), daemon=True).start()


def exit_process(code: int) -> NoReturn:
    """End this process with an exit code of `pipeline.command.run`.

    Threads of a stopped job may still be inside a library (Java, Kiwi). A regular exit would
    interrupt them there, and the library would abort the process.
    """
    if code > 128:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)  # a second signal must not interrupt the cleanup
    threading.excepthook = lambda args: None  # silences the threads that wait for the workers
    # Beam would let the workers finish their current bundles.
    for worker in psutil.Process().children(recursive=True):
        worker.kill()
    raise Stopped(number)
