"""Newness: repetition within a story, similarity among the ten, copies of the training text.

``seq-rep-n`` is from Welleck et al. 2020 (Neural text generation with unlikelihood training),
``distinct-n`` from Li et al. 2016 (A diversity-promoting objective function). Both count
morphemes, because a single inflected form of a Korean word is often rare.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, combinations

from trainer.report_card.windows import Window

Morphemes = Callable[[str], Sequence[str]]

REPEATED_ORDER = 4  # of seq-rep-n
PART_BYTES = 256 << 20  # of training text in one suffix array, so that 32-bit indices suffice
MIN_COPY = 12  # characters; two novels may well share a shorter sentence


def repeated_ngrams(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """4-grams that occur earlier in the continuation, and all 4-grams."""
    text = list(chain.from_iterable(morphemes(sentence) for sentence in window.continuation))
    grams = list(_ngrams(text, REPEATED_ORDER))
    return len(grams) - len(set(grams)), len(grams)


def distinct_bigrams(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """Distinct bigrams in each set of candidates, and all bigrams."""
    distinct = total = 0
    for candidates in window.candidate_sets:
        grams = [gram for sentence in candidates for gram in _ngrams(morphemes(sentence), 2)]
        distinct += len(set(grams))
        total += len(grams)
    return distinct, total


def similar_pairs(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """Pairs of candidates whose bigrams have a Jaccard similarity above 0.5, and all pairs."""
    similar = pairs = 0
    for candidates in window.candidate_sets:
        sets = [set(_ngrams(morphemes(sentence), 2)) for sentence in candidates]
        for one, other in combinations(sets, 2):
            similar += len(one & other) > 0.5 * len(one | other)
            pairs += 1
    return similar, pairs


class TrainingText:
    """A suffix array of the training text, which finds the longest match with a sentence.

    libdivsufsort sorts the suffixes (Fischer and Kurpicz 2017); binary search finds those that
    share a prefix with part of the sentence.

    It needs five times the text's size in UTF-8, about 15 bytes per character.

    Args:
        sentences: the training text.
    """

    def __init__(self, sentences: Iterable[str]):
        from pydivsufsort import divsufsort

        self.parts = [(part, divsufsort(part)) for part in _parts(sentences)]

    def longest_match(self, sentence: str) -> int:
        """Characters of the longest substring of ``sentence`` that the training text contains."""
        return max((_longest(part, order, sentence) for part, order in self.parts), default=0)

    def contains(self, sentence: str) -> bool:
        """Whether the training text contains the whole sentence."""
        wanted = sentence.encode()
        return any(_shared(part, order, wanted) == len(wanted) for part, order in self.parts)


def longest_matches(window: Window, training: TrainingText) -> tuple[float, float]:
    """Characters of all sentences' longest matches, and the number of sentences."""
    return sum(map(training.longest_match, window.sentences)), len(window.sentences)


def copied_sentences(window: Window, training: TrainingText) -> tuple[float, float]:
    """Sentences of 12 characters or more that the training text contains, and all such ones."""
    long = [sentence for sentence in window.sentences if len(sentence) >= MIN_COPY]
    return sum(map(training.contains, long)), len(long)


def _ngrams(items: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    return zip(*(items[i:] for i in range(order)), strict=False)


def _parts(sentences: Iterable[str]) -> Iterator[bytes]:
    """The text in parts of limited size, split between sentences."""
    part = bytearray()
    for sentence in sentences:
        part += sentence.encode() + b"\n"
        if len(part) >= PART_BYTES:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)


def _longest(part: bytes, order: Sequence[int], sentence: str) -> int:
    text = sentence.encode()
    best, begin = 0, 0
    for index, character in enumerate(sentence):
        if len(sentence) - index <= best:
            break
        shared = text[begin : begin + _shared(part, order, text[begin:])]
        best = max(best, len(shared.decode(errors="ignore")))
        begin += len(character.encode())
    return best


def _shared(part: bytes, order: Sequence[int], wanted: bytes) -> int:
    """Bytes of the longest prefix of ``wanted`` that ``part`` contains."""
    size = len(wanted)
    place = bisect_left(order, wanted, key=lambda at: part[at : at + size])
    near = (order[i] for i in (place - 1, place) if 0 <= i < len(order))
    return max((_common_prefix(part[at : at + size], wanted) for at in near), default=0)


def _common_prefix(one: bytes, other: bytes) -> int:
    """Length of the common prefix, in bytes."""
    if one == other:
        return len(one)
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
