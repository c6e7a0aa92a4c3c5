"""What can go wrong, said in one line for the person who started the job."""

import re


class JobError(Exception):
    """The job cannot go on; the message says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(JobError):
    """The command line asks for something impossible."""

    exit_code = 2


def find_job_error(error: BaseException) -> JobError | None:
    """Returns the JobError behind an exception of a Beam runner, if there is one.

    A runner hands on what a worker raised as text (the worker's traceback), so the class is
    lost on the way; its name and message are not.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, JobError):
            return seen
        found = re.search(rf"{__name__}\.JobError: ([^\n]+)", str(seen))
        if found:
            # Beam puts the name of the stage behind a message: "... [while running 'X']".
            return JobError(re.sub(r" \[while running '.*$", "", found[1]))
        seen = seen.__cause__ or seen.__context__
    return None
