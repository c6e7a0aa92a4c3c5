"""Decides which of two works keeps a text that both contain."""

from typing import NamedTuple

from pipeline.reading.works import Work


class Precedence(NamedTuple):
    """Sort key of a work: of two works that share a text, the one with the smaller key keeps it.

    Works that the user named for the test split come first, then longer works (so that fewer
    works lose passages), then file names in order. The splits play no part, so the choice is the
    same for any seed.
    """

    not_named_for_test: bool
    minus_characters: int
    file: str

    @property
    def characters(self) -> int:
        """Characters in the work."""
        return -self.minus_characters


def precedence(work: Work) -> Precedence:
    """Return the sort key of a work."""
    return Precedence(not work.named_for_test, -sum(map(len, work.lines)), work.file)
