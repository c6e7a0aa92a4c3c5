"""Whether a sentence is a whole one: it ends, or leads into speech as those of its story do.

Many novels end a paragraph where speech begins: 노파가 문을 열며, and on the next line “누구요?”
In a story that never does so, such a sentence is half a sentence.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

_CLOSERS = "”’」』》〉)\"'"
_MARKS = ".!?…。！？―—~"
# Without a mark: the syllables that only final endings end with (하고, 조용하게 go on).
_FINAL = frozenset("다요까죠군네냐")

LATELY = 500  # sentences back in which a story's manner is looked for
_SPEECH = "“‘「『\"'―—"
_SPOKEN = re.compile("“[^”]+”|‘[^’]+’")
# Endings that join clauses, as far as they tell a whole word from one that is cut in the middle.
_JOINED = re.compile(
    r"[가-힣](?:며|면서|고|[아어해와]서|니까|다가|더니|[는은던]데|지만|려고|하여|하자|하니|하면)$"
)

Lead = Literal["comma", "clause"]


def is_finished(text: str) -> bool:
    """Return whether a sentence ends with a mark or a final ending, whatever closes after it.

    What is speech from end to end needs neither: “네”
    """
    words = text.rstrip(_CLOSERS + " ")
    if not words:
        return False
    return words[-1] in _MARKS or words[-1] in _FINAL or _SPOKEN.fullmatch(text) is not None


class Endings:
    """How the sentences of a story end, oldest first."""

    def __init__(self, story: Sequence[str]) -> None:
        self._leads = {
            _lead(sentence)
            for sentence, following in pairwise(story[-LATELY:])
            if following[:1] in _SPEECH
        }

    def allow(self, text: str) -> bool:
        """Return whether a sentence ends, or leads into speech in a way that the story has."""
        if is_finished(text):
            return True
        lead = _lead(text)
        return lead is not None and lead in self._leads


def _lead(text: str) -> Lead | None:
    """Return how a sentence leads into what follows, None if it does not."""
    if text.endswith((",", "，")):
        return "comma"
    return "clause" if _JOINED.search(text) else None
