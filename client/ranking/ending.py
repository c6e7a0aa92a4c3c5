"""Whether a sentence is complete: it ends, or it introduces speech the way its story does.

Many novels break the paragraph before speech: 노파가 문을 열며, and on the next line “누구요?”
In a story that never does so, such a sentence is unfinished.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

_CLOSERS = "”’」』》〉)\"'"
_MARKS = ".!?…。！？―—~"
# Without punctuation: syllables in which only final endings end (하고, 조용하게 are not final).
_FINAL = frozenset("다요까죠군네냐")

STYLE_WINDOW = 500  # newest sentences from which a story's style is learned
_SPEECH = "“‘「『\"'―—"
_SPOKEN = re.compile("“[^”]+”|‘[^’]+’")
# Connective endings, those that cannot be a word cut off in the middle.
_JOINED = re.compile(
    r"[가-힣](?:며|면서|고|[아어해와]서|니까|다가|더니|[는은던]데|지만|려고|하여|하자|하니|하면)$"
)

Lead = Literal["comma", "clause"]


def is_finished(text: str) -> bool:
    """Return whether a sentence ends in punctuation or a final ending, closing quotes aside.

    A sentence that is all speech needs neither: “네”
    """
    words = text.rstrip(_CLOSERS + " ")
    if not words:
        return False
    return words[-1] in _MARKS or words[-1] in _FINAL or _SPOKEN.fullmatch(text) is not None


class Endings:
    """How a story's sentences end; ``story``: sentences, oldest first."""

    def __init__(self, story: Sequence[str]) -> None:
        self._leads = {
            _lead(sentence)
            for sentence, following in pairwise(story[-STYLE_WINDOW:])
            if following[:1] in _SPEECH
        }

    def allow(self, text: str) -> bool:
        """Return whether a sentence is finished, or introduces speech in a way the story uses."""
        if is_finished(text):
            return True
        lead = _lead(text)
        return lead is not None and lead in self._leads


def _lead(text: str) -> Lead | None:
    """Return how an unfinished sentence introduces what follows, None if it does not."""
    if text.endswith((",", "，")):
        return "comma"
    return "clause" if _JOINED.search(text) else None
