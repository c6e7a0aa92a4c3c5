"""Numbers in a range, and one-line errors, for the part's command lines."""

import argparse
from collections.abc import Callable
from typing import NoReturn

from pipeline.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError`."""
        raise UsageError(f"{message}; --help lists the options")


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return an argparse type: a whole number from `least` to `most`, both included."""
    wanted = f"of {least} or more" if most is None else f"from {least} to {most}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
        return value

    return parse


def number(least: float, below: float) -> Callable[[str], float]:
    """Return an argparse type: a number from `least` up to, but not including, `below`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = below
        if not least <= value < below:  # false for nan too
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a number from {least:g} up to, but not including, {below:g}"
            )
        return value

    return parse
