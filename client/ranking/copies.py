"""Sentences that stand in the story already, or nearly so."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from client.ranking.likeness import bigrams, key

# Jaccard of character bigrams from which a sentence is nearly a copy of one so many sentences
# back: what is far back must be more alike, because stock phrases come again (말을 이었다). Of true
# next sentences 1 % are nearly copies by this, of copies with one word changed 99.3 %
# (benchmarks/filters.py).
LATELY, NEAR = 100, 0.4
LONG_AGO, NEARER = 500, 0.55
PART = 0.9  # share of the shorter one's bigrams that stand in the longer one
LEAST_PART = 1 / 3  # length of the shorter one: “대감!” is no part of a sentence that has 대감
SHORTEST = 5  # bigrams of a sentence that can be nearly a copy: 네, 그래요 may come again
AGAIN = 10  # sentences after which such a short one may come again


class Copies:
    """Tells whether a sentence is a copy of one of ``sentences``, oldest first."""

    def __init__(self, sentences: Iterable[str]) -> None:
        listed = list(sentences)
        self._keys = {key(sentence) for sentence in listed}
        self._last = {key(sentence) for sentence in listed[-AGAIN:]}
        grams = [bigrams(sentence) for sentence in listed[-LONG_AGO:]]
        self._sizes = list(map(len, grams))
        self._having = defaultdict[str, list[int]](list)  # by bigram: places among ``grams``
        for place, one in enumerate(grams):
            for bigram in one:
                self._having[bigram].append(place)

    def has(self, text: str) -> bool:
        """Return whether the very sentence is there, whatever its spaces and punctuation."""
        return key(text) in self._keys

    def has_again(self, text: str) -> bool:
        """Return whether it is there too soon: a short one may come again after a while."""
        return key(text) in (self._keys if len(bigrams(text)) >= SHORTEST else self._last)

    def has_near(self, text: str) -> bool:
        """Return whether a sentence is there that shares most of its letters with this one."""
        mine = bigrams(text)
        common = Counter(place for bigram in mine for place in self._having.get(bigram, ()))
        lately = len(self._sizes) - LATELY
        return any(
            _near(len(mine), self._sizes[place], count, NEAR if place >= lately else NEARER)
            for place, count in common.items()
        )


def _near(size: int, other: int, common: int, least: float) -> bool:
    shorter, longer = min(size, other), max(size, other)
    if shorter < SHORTEST or shorter < LEAST_PART * longer:
        return False
    return common >= least * (shorter + longer - common) or common >= PART * shorter
