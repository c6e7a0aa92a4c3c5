"""Numbers in a range, and one-line errors, for the trainer's command lines."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import NoReturn

MAX_SEED = 2**32 - 1  # of NumPy's generators


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print the error, without the usage, and exit."""
        print(f"trainer: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """An argparse ``type`` for whole numbers from ``least`` to ``most``, both included."""
    allowed = f"of {least} or more" if most is None else f"from {least} to {most}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {allowed}")
        return value

    return parse


def number(allowed: str, holds: Callable[[float], bool]) -> Callable[[str], float]:
    """An argparse ``type`` for finite numbers.

    Args:
        allowed: the range in words, as in "above 0".
        holds: whether a number is in that range.
    """

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and holds(value)):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {allowed}")
        return value

    return parse


positive = number("above 0", lambda value: value > 0)
share_below_one = number("from 0 up to, but not including, 1", lambda value: 0 <= value < 1)
seed = whole_number(0, MAX_SEED)
