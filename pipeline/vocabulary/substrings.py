"""Finds the frequent substrings of the corpus and their positions, as arrays.

The corpus consists of distinct *pretokens* with counts, concatenated into one array. Substrings
are numbered length by length: one of n characters is identified by the number of its first n - 1
characters and its last character. It cannot be frequent unless that prefix is, so each length
costs one sort of the remaining positions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORD_BOUNDARY = "\u2581"  # ▁, SentencePiece's mark for the space before a word
MAX_PRETOKEN_LENGTH = 16  # characters; few enough for products of probabilities not to underflow
# Pretokens end where the script changes, and between letters and punctuation; pieces do not cross.
_PRETOKEN = re.compile(
    WORD_BOUNDARY + r"?(?:[가-힣ㄱ-ㆎ]+|[\u2e80-\u2fff\u3005-\u3007\u3400-\u9fff\uf900-\ufaff]+|"
    rf"[0-9]+|[^\W\d_가-힣ㄱ-ㆎ\u2e80-\u9fff\uf900-\ufaff]+|[\W\d_]?[^\w{WORD_BOUNDARY}]*)"
)

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


def pretokenize(eojeol: str) -> list[str]:
    """Split an eojeol, with the word boundary mark before it, where the script changes."""
    return [
        found[0][start : start + MAX_PRETOKEN_LENGTH]
        for found in _PRETOKEN.finditer(WORD_BOUNDARY + eojeol)
        for start in range(0, len(found[0]), MAX_PRETOKEN_LENGTH)
    ]


def count_pretokens(eojeols: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the pretokens in counted eojeol."""
    counts: dict[str, int] = {}
    for eojeol, count in eojeols.items():
        for pretoken in pretokenize(eojeol):
            counts[pretoken] = counts.get(pretoken, 0) + count
    return counts


@dataclass
class Substrings:
    """K numbered substrings of a corpus of P characters in M pretokens.

    Attributes:
        texts: the substrings; a substring's number is its index here.
        counts: occurrences of each substring in the corpus.
        at: ``at[n - 1][p]`` is the number of the substring of n characters at position p, or
            ``len(texts)`` if it is not in `texts`.
        first: position of each substring's first occurrence.
        starts: position of each pretoken, longest pretoken first.
        lengths: characters in each pretoken.
        weights: occurrences of each pretoken.
        crossings: ``crossings[n - 1][p]`` is the number of word-internal boundaries that the n
            characters at position p cross.
    """

    texts: list[str]
    counts: Floats  # [K]
    at: list[Ints]  # longest piece × [P]
    first: NDArray[np.int64]  # [K]
    starts: NDArray[np.int64]  # [M]
    lengths: NDArray[np.int64]  # [M]
    weights: Floats  # [M]
    crossings: list[NDArray[np.uint8]]  # longest piece × [P]

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Keep the substrings that `kept` ``[K]`` selects, and renumber them."""
        number = np.full(len(self.texts) + 1, np.count_nonzero(kept), np.int32)
        number[:-1][kept] = np.arange(np.count_nonzero(kept))
        self.at = [number[at] for at in self.at]
        self.texts = [text for text, keep in zip(self.texts, kept, strict=True) if keep]
        self.counts, self.first = self.counts[kept], self.first[kept]


def find_substrings(
    pretokens: Mapping[str, int],
    longest: int,
    at_least: int,
    boundaries: Mapping[str, tuple[int, ...]],
) -> Substrings:
    """Find all substrings of up to `longest` characters with `at_least` occurrences.

    Single characters are always included, however rare.

    Args:
        pretokens: counts of the pretokens.
        longest: maximum length in characters.
        at_least: minimum number of occurrences.
        boundaries: boundaries inside words; a pretoken is a word, with or without ▁.
    """
    texts = sorted(pretokens, key=lambda text: (-len(text), text))
    weights = np.array([pretokens[text] for text in texts], np.float64)
    lengths = np.array([len(text) for text in texts], np.int64)
    corpus = "".join(texts)
    size = len(corpus)
    codes = np.frombuffer(corpus.encode("utf-32-le"), np.uint32).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    left = np.repeat(starts + lengths, lengths) - np.arange(size)  # characters left in the pretoken
    weight_at = np.repeat(weights, lengths)

    found: list[str] = []
    all_counts, all_first, at = [], [], []
    alive = np.arange(size)  # positions where a substring of the current length can begin
    key = codes
    for length in range(1, longest + 1):
        _, index, inverse = np.unique(key, return_index=True, return_inverse=True)
        counts = np.bincount(inverse, weight_at[alive], len(index))
        kept = counts >= (0 if length == 1 else at_least)
        number = np.full(len(index), -1, np.int64)
        number[kept] = np.arange(np.count_nonzero(kept)) + len(found)
        numbers_here = np.full(size, -1, np.int32)
        numbers_here[alive] = number[inverse]
        first = alive[index[kept]]
        found += [corpus[p : p + length] for p in first.tolist()]
        all_counts.append(counts[kept])
        all_first.append(first)
        at.append(numbers_here)
        alive = alive[(numbers_here[alive] >= 0) & (left[alive] > length)]
        if not len(alive):
            break
        key = numbers_here[alive].astype(np.int64) << 21 | codes[alive + length]
    for numbers in at:
        numbers[numbers < 0] = len(found)
    return Substrings(
        found,
        np.concatenate(all_counts),
        at,
        np.concatenate(all_first),
        starts,
        lengths,
        weights,
        _crossings(texts, starts, size, len(at), boundaries),
    )


def _crossings(
    texts: list[str],
    starts: NDArray[np.int64],
    size: int,
    longest: int,
    boundaries: Mapping[str, tuple[int, ...]],
) -> list[NDArray[np.uint8]]:
    """Count the boundaries inside the strings of 1 to `longest` characters at each position."""
    at = [
        start + (text[0] == WORD_BOUNDARY) + boundary
        for text, start in zip(texts, starts.tolist(), strict=True)
        for boundary in boundaries.get(text.removeprefix(WORD_BOUNDARY), ())
    ]
    cumulative = np.zeros(size + longest + 1, np.int32)  # boundaries at positions before each
    cumulative[np.array(at, np.int64) + 1] = 1
    cumulative = np.cumsum(cumulative, dtype=np.int32)
    return [
        (cumulative[length : length + size] - cumulative[1 : size + 1]).astype(np.uint8)
        for length in range(1, longest + 1)
    ]
