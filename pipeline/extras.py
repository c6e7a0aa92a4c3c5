"""Reports a missing package of the pipeline's extra, with the command that installs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def required(command: str) -> Iterator[None]:
    """End the command with one line and exit code 1 if a package imported inside is missing.

    Args:
        command: its name, with which the line begins.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", __package__):
            raise
        sys.exit(
            f"{command}: {package} is not installed; install it with: "
            'pip install -c constraints.txt ".[pipeline]"'
        )
