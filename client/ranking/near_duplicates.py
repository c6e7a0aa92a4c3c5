"""Finds sentences that repeat a sentence of the story, or nearly."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from client.ranking.similarity import bigrams, comparison_key

# Near-duplicates by the Jaccard index of character bigrams. The threshold is higher for sentences
# further back, because stock phrases recur (말을 이었다). By these, 1 % of true next sentences are
# near-duplicates, and 99.3 % of copies with one word changed (benchmarks/filters.py).
RECENT_WINDOW, RECENT_OVERLAP = 100, 0.4  # newest sentences, least Jaccard index
FULL_WINDOW, FULL_OVERLAP = 500, 0.55
CONTAINED_SHARE = 0.9  # or: share of the shorter one's bigrams that the longer one has …
MIN_LENGTH_RATIO = 1 / 3  # … unless much shorter: “대감!” does not duplicate a sentence with 대감
MIN_BIGRAMS = 5  # shorter sentences have no near-duplicates: 네, 그래요 may recur
SHORT_REPEAT_GAP = 10  # sentences after which such a short one may recur


class SentenceIndex:
    """Looks up duplicates among ``sentences``, oldest first."""

    def __init__(self, sentences: Iterable[str]) -> None:
        listed = list(sentences)
        self._keys = {comparison_key(sentence) for sentence in listed}
        self._last_keys = {comparison_key(sentence) for sentence in listed[-SHORT_REPEAT_GAP:]}
        grams = [bigrams(sentence) for sentence in listed[-FULL_WINDOW:]]
        self._sizes = list(map(len, grams))
        self._postings = defaultdict[str, list[int]](list)  # by bigram: indices into ``grams``
        for index, one in enumerate(grams):
            for bigram in one:
                self._postings[bigram].append(index)

    def contains(self, text: str) -> bool:
        """Return whether the index has this sentence, spaces and punctuation aside."""
        return comparison_key(text) in self._keys

    def repeats_too_soon(self, text: str) -> bool:
        """Return whether the index has this sentence; a short one counts only if it is recent."""
        keys = self._keys if len(bigrams(text)) >= MIN_BIGRAMS else self._last_keys
        return comparison_key(text) in keys

    def has_near_duplicate(self, text: str) -> bool:
        """Return whether the index has a sentence that shares most of its bigrams with this one."""
        own = bigrams(text)
        common = Counter(index for bigram in own for index in self._postings.get(bigram, ()))
        recent = len(self._sizes) - RECENT_WINDOW
        return any(
            _is_near(
                len(own),
                self._sizes[index],
                count,
                RECENT_OVERLAP if index >= recent else FULL_OVERLAP,
            )
            for index, count in common.items()
        )


def _is_near(size: int, other: int, common: int, least_overlap: float) -> bool:
    shorter, longer = min(size, other), max(size, other)
    if shorter < MIN_BIGRAMS or shorter < MIN_LENGTH_RATIO * longer:
        return False
    union = shorter + longer - common
    return common >= least_overlap * union or common >= CONTAINED_SHARE * shorter
