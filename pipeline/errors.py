"""Errors whose message is one line for the person who started the job."""

import re
from collections.abc import Iterator


class JobError(Exception):
    """The job cannot continue; the message says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(JobError):
    """The command line asks for something impossible."""

    exit_code = 2


def find_cause(error: Exception) -> BaseException:
    """Return the JobError or interrupt that caused a Beam runner's exception, else the exception.

    A runner wraps what a worker raised in another class, or passes on only the worker's traceback
    as text, and appends the name of the stage: "… [while running 'EncodeChunks']".
    """
    for seen in _chain(error):
        if isinstance(seen, KeyboardInterrupt):
            return seen
        message = str(seen) if isinstance(seen, JobError) else None
        if found := re.search(rf"{__name__}\.JobError: ([^\n]+)", str(seen)):
            message = found[1]
        if message is not None:
            return JobError(re.sub(r" \[while running '.*$", "", message))
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
