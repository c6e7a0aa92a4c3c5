"""Particles in the wrong form for the final consonant (batchim) of the word they follow.

을/를, 은/는, 이/가, 과/와 and 으로/로 are pairs of forms of one particle. A form that contradicts
the preceding syllable is either an error (사과을) or not a particle (가을). Kiwi's language model
decides: it is an error if the other form makes the sentence clearly likelier and is itself analysed
as a particle after a noun. Of 1,471 human sentences with one particle swapped for its other form,
98.7 % are found; of 1,680 unchanged ones, one is flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

OTHER_FORM = {
    "을": "를", "은": "는", "이": "가", "과": "와", "으로": "로",
    "를": "을", "는": "은", "가": "이", "와": "과", "로": "으로",
}  # fmt: skip
AFTER_CONSONANT = frozenset({"을", "은", "이", "과", "으로"})
LONGEST_FIRST = sorted(OTHER_FORM, key=len, reverse=True)
WORD = re.compile("[가-힣]+")
RIEUL = 8  # index of ㄹ among final consonants: 로 follows it as it follows a vowel
MARGIN = 3.0  # nats by which the corrected sentence must be likelier

# (tokens, log-probability) of a sentence: the first analysis of Kiwi.analyze.
Analyse = Callable[[str], tuple[list[Any], float]]


def has_wrong_particle(sentence: str, analyse: Analyse) -> bool:
    """Whether a particle of the sentence has the wrong form."""
    return any(
        _is_error(sentence, place, form, analyse) for place, form in contradictions(sentence)
    )


def contradictions(sentence: str) -> Iterator[tuple[int, str]]:
    """Word endings that would be wrong forms if they were particles: their place and form."""
    for word in WORD.finditer(sentence):
        for form in LONGEST_FIRST:
            if word[0].endswith(form):
                place = word.end() - len(form)
                if place > word.start() and _contradicts(sentence[place - 1], form):
                    yield place, form
                break


def _contradicts(syllable: str, form: str) -> bool:
    coda = (ord(syllable) - ord("가")) % 28
    if OTHER_FORM[form] == "로" or form == "로":
        return (coda in (0, RIEUL)) == (form == "으로")
    return (coda == 0) == (form in AFTER_CONSONANT)


def _is_error(sentence: str, place: int, form: str, analyse: Analyse) -> bool:
    """Whether the other form is clearly better, as a particle after a noun."""
    other = OTHER_FORM[form]
    original, log_prob = analyse(sentence)
    swapped = sentence[:place] + other + sentence[place + len(form) :]
    corrected, corrected_log_prob = analyse(swapped)
    index = next((i for i, t in enumerate(corrected) if _is_particle(t, place, other)), 0)
    if index == 0 or not corrected[index - 1].tag.startswith(("N", "XSN", "S")):
        return False
    analysed_as_particle = any(_is_particle(token, place, form) for token in original)
    return analysed_as_particle or corrected_log_prob - log_prob > MARGIN


def _is_particle(token: Any, place: int, form: str) -> bool:
    return bool(token.start == place and token.form == form and token.tag.startswith("J"))
