"""What can go wrong, said in one line for the person who started the job."""

import re
from collections.abc import Iterator


class JobError(Exception):
    """The job cannot go on; the message says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(JobError):
    """The command line asks for something impossible."""

    exit_code = 2


def unwrap(error: Exception) -> BaseException:
    """Returns what is behind an exception of a Beam runner: a JobError, an interrupt, or itself.

    A runner hands on what a worker raised as another class or as text (the worker's traceback),
    with the name of the step behind it: "… [while running 'Encode']".
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
