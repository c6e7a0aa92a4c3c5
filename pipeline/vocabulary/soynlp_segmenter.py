"""Unsupervised word segmentation: soynlp's nouns, particles, stems and endings.

H. Kim, soynlp (https://github.com/lovit/soynlp): a Korean eojeol consists of an L part and an R
part, a noun and particles or a stem and endings. The noun extractor recognises nouns by the R parts
that follow them throughout the text. The predicate extractor divides the remaining words, with
built-in lists of stems and endings. Both need only the counts of the eojeol.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.vocabulary.eojeol_counts import minimum_count

MAX_WORD_LENGTH = 15  # syllables; longer runs of Hangul are ignored
MAX_WORDS = 300_000  # distinct words soynlp learns from; its L-R graph takes 2 KB per word
MIN_NOUN_SCORE = 0.3  # soynlp's default
_HANGUL = re.compile("[가-힣]+")


@dataclass(frozen=True)
class WordSegmentation:
    """Boundaries inside words, and nouns.

    Attributes:
        boundaries: positions of the boundaries inside each word (a run of Hangul) that has any.
        nouns: soynlp's nouns with their scores, from 0 to 1.
    """

    boundaries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    nouns: Mapping[str, float] = field(default_factory=dict)


def minimum_frequency(eojeols: Mapping[str, int]) -> int:
    """Minimum count of a noun: soynlp's default of 5, down to 2 for a small corpus."""
    return min(5, max(2, sum(eojeols.values()) // 50_000))


def segment_words(eojeols: Mapping[str, int]) -> WordSegmentation:
    """Find nouns, and the boundaries inside words, from counts of eojeol."""
    words = hangul_words(eojeols)
    learned_from = most_frequent(words, MAX_WORDS)
    if not learned_from:
        return WordSegmentation()
    extractor = _noun_extractor()
    extractor.train(_eojeol_counter(learned_from))
    nouns = {
        noun: float(found.score)
        for noun, found in extractor.extract(
            MIN_NOUN_SCORE, minimum_frequency(eojeols), reset_lrgraph=False
        ).items()
    }
    particles, predicates = _particles_and_predicates(nouns, extractor.lrgraph.to_EojeolCounter())
    boundaries = {}
    for word in words:
        found = {*predicates.get(word, ()), *_noun_boundaries(word, nouns, particles, predicates)}
        if found:
            boundaries[word] = tuple(sorted(found))
    return WordSegmentation(boundaries=boundaries, nouns=nouns)


def hangul_words(eojeols: Mapping[str, int]) -> dict[str, int]:
    """Return counts of the runs of Hangul in counted eojeol, sorted by word."""
    words: Counter[str] = Counter()
    for eojeol, count in eojeols.items():
        for word in _HANGUL.findall(eojeol):
            if len(word) <= MAX_WORD_LENGTH:
                words[word] += count
    return dict(sorted(words.items()))


def most_frequent(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Return the most frequent entries, at most `most`; ties are kept or removed together."""
    least = minimum_count(Counter(counts.values()), most)
    return {word: count for word, count in counts.items() if count >= least}


def _noun_extractor() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # soynlp compares with a literal by `is`
        from soynlp.noun import LRNounExtractor_v2

    return LRNounExtractor_v2(verbose=False)


def _eojeol_counter(counts: Mapping[str, int]) -> Any:
    """Return counts in soynlp's counter class, which offers only to count sentences itself."""
    from soynlp.utils import EojeolCounter

    counter = EojeolCounter()
    counter._counter = dict(counts)
    counter._set_count_sum()
    return counter


def _particles_and_predicates(
    nouns: Mapping[str, float], rest: Any
) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """Let soynlp divide the words that are not nouns.

    Args:
        nouns: all nouns.
        rest: soynlp's counter of the words that do not begin with a noun.

    Returns:
        The particles; and for each predicate the positions where its endings begin, () if stem
        and ending share a syllable.
    """
    from soynlp.predicator import PredicatorExtractor

    extractor = PredicatorExtractor(set(nouns), verbose=False)
    extractor.train(rest)
    predicates = {
        word: tuple({len(stem) for stem, ending in found.lemma if stem + ending == word})
        for kind in extractor.extract()
        for word, found in kind.items()
    }
    return frozenset(extractor._josas), predicates


def _noun_boundaries(
    word: str,
    nouns: Mapping[str, float],
    particles: frozenset[str],
    predicates: Mapping[str, tuple[int, ...]],
) -> Iterator[int]:
    """Yield the ends of nouns before a particle or a predicate (공부 + 하 + 는)."""
    for end in range(1, len(word)):
        if word[:end] not in nouns:
            continue
        if word[end:] in particles:
            yield end
        elif word[end:] in predicates:
            yield end
            yield from (end + boundary for boundary in predicates[word[end:]])
