"""Newness: does a story repeat itself, are the ten alike, is it copied from the training text?

``seq-rep-n`` is Welleck et al. 2020 (Neural text generation with unlikelihood training),
``distinct-n`` is Li et al. 2016 (A diversity-promoting objective function). Both are counted over
morphemes, because a Korean word is often seen once in all its forms.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, combinations

from trainer.report_card.windows import Window

Morphemes = Callable[[str], Sequence[str]]

REPEATED = 4  # order of n-grams that a story must not repeat
PART_BYTES = 256 << 20  # of training text sorted at once, so that indices of 32 bits suffice
COPYABLE = 12  # characters; a shorter sentence may well stand in two novels


def repeated(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """4-grams of the continuation that stood in it before, and all of them."""
    text = list(chain.from_iterable(morphemes(sentence) for sentence in window.continuation))
    grams = list(_grams(text, REPEATED))
    return len(grams) - len(set(grams)), len(grams)


def distinct(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """Different bigrams among those of the ten, and all of them."""
    different = total = 0
    for ten in window.tens:
        grams = [gram for sentence in ten for gram in _grams(morphemes(sentence), 2)]
        different += len(set(grams))
        total += len(grams)
    return different, total


def alike(window: Window, morphemes: Morphemes) -> tuple[float, float]:
    """Pairs among the ten that share more than half of their bigrams (Jaccard), and all pairs."""
    close = pairs = 0
    for ten in window.tens:
        sets = [set(_grams(morphemes(sentence), 2)) for sentence in ten]
        for one, other in combinations(sets, 2):
            close += len(one & other) > 0.5 * len(one | other)
            pairs += 1
    return close, pairs


class TrainingText:
    """A suffix array of the training text: finds the longest stretch that a sentence shares.

    libdivsufsort sorts the suffixes (Fischer and Kurpicz 2017); binary search finds those that
    begin like a piece of the sentence.

    Memory is five times the text in UTF-8, about fifteen bytes a character.

    Args:
        sentences: the training text.
    """

    def __init__(self, sentences: Iterable[str]):
        from pydivsufsort import divsufsort

        self.parts = [(part, divsufsort(part)) for part in _parts(sentences)]

    def longest_match(self, sentence: str) -> int:
        """Characters of the longest stretch of ``sentence`` that stands in the training text."""
        return max((_longest(part, order, sentence) for part, order in self.parts), default=0)

    def copied(self, sentence: str) -> bool:
        """Whether the whole sentence stands in the training text."""
        wanted = sentence.encode()
        return any(_shared(part, order, wanted) == len(wanted) for part, order in self.parts)


def longest_matches(window: Window, training: TrainingText) -> tuple[float, float]:
    """Characters of each sentence's longest match, and all sentences."""
    return sum(map(training.longest_match, window.sentences)), len(window.sentences)


def copies(window: Window, training: TrainingText) -> tuple[float, float]:
    """Sentences of 12 characters or more that stand in the training text, and all such ones."""
    long = [sentence for sentence in window.sentences if len(sentence) >= COPYABLE]
    return sum(map(training.copied, long)), len(long)


def _grams(items: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    return zip(*(items[i:] for i in range(order)), strict=False)


def _parts(sentences: Iterable[str]) -> Iterator[bytes]:
    """The text cut into parts of a bounded size, each of whole sentences."""
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
    """Bytes at the beginning of ``wanted`` that some suffix of ``part`` begins with."""
    size = len(wanted)
    place = bisect_left(order, wanted, key=lambda at: part[at : at + size])
    near = (order[i] for i in (place - 1, place) if 0 <= i < len(order))
    return max((_common(part[at : at + size], wanted) for at in near), default=0)


def _common(one: bytes, other: bytes) -> int:
    """Length of the common prefix."""
    if one == other:
        return len(one)
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
