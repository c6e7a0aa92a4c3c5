"""Similarity of two sentences, by characters and by embeddings."""

import math
import operator
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from client.candidate import Vector

CACHE_SIZE = 8192  # sentences whose keys and bigrams are kept


@lru_cache(CACHE_SIZE)
def comparison_key(text: str) -> str:
    """Return a sentence without spaces, punctuation and letter case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "ZPC")


@lru_cache(CACHE_SIZE)
def bigrams(text: str) -> frozenset[str]:
    """Return the character bigrams of a sentence's ``comparison_key``; a lone character counts."""
    k = comparison_key(text)
    return frozenset(k[i : i + 2] for i in range(max(1, len(k) - 1))) if k else frozenset()


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the Jaccard index of two sets of bigrams, 0 to 1."""
    return len(a & b) / len(a | b) if a and b else 0.0


def cosine(a: Vector, b: Vector) -> float:
    """Return the cosine of two vectors ``[d]``; 0 if one is zero or their lengths differ."""
    norms = math.hypot(*a) * math.hypot(*b)
    return math.fsum(map(operator.mul, a, b)) / norms if norms and len(a) == len(b) else 0.0


def mean(vectors: Sequence[Vector]) -> Vector:
    """Return the mean of vectors ``[d]``, ignoring those of another width than the last.

    A server may load a new version, of another width, during a session.
    """
    alike = [vector for vector in vectors if len(vector) == len(vectors[-1])]
    return tuple(math.fsum(column) / len(alike) for column in zip(*alike, strict=True))
