"""Chooses the ten candidates to show, and says of each why it stands there.

1. Hard filters: blank, broken, a copy of a sentence of the story or of a rejected one, the same as
   another candidate but for spaces and punctuation.
2. Relevance: likelihood a token and fit to the context, each as a z-score among the candidates,
   minus a penalty for overlap with the recent story beyond what people write. "Most different"
   alone would not do: on real fiction it picks the true next sentence 0.5–5 % of the time, while
   similarity minus ``5 · max(0, overlap − 0.30)`` picks it 53–87 % and never picks a copy.
3. Maximal marginal relevance for variety among the ten (Carbonell & Goldstein, SIGIR 1998).

Nothing depends on the order in which the candidates came.
"""

import math
import operator
import unicodedata
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from client.candidates import Candidate, Vector

SHOWN = 10
RECENT = 5  # sentences of the story that make the context, as many as the model's own window

HUMAN_OVERLAP = 0.30  # character-bigram Jaccard of neighbouring sentences that people stay below
OVERLAP_WEIGHT = 5.0
RELEVANCE_WEIGHT = 0.7  # lambda of maximal marginal relevance; the rest goes to variety


class Reason(Enum):
    """What speaks most for a candidate; the value is its key in ``client.messages``."""

    NATURAL = "natural"
    FITTING = "fitting"
    NEW = "new"


class Ranked(NamedTuple):
    """A candidate in its place."""

    candidate: Candidate
    relevance: float
    reasons: tuple[Reason, ...]  # strongest first


def key(text: str) -> str:
    """Return what is left of a sentence without spaces, punctuation and letter case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "ZPC")


def bigrams(text: str) -> frozenset[str]:
    """Return the character bigrams of a sentence's ``key``, the character itself if it is one."""
    k = key(text)
    return frozenset(k[i : i + 2] for i in range(max(1, len(k) - 1))) if k else frozenset()


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the share of bigrams in common, 0 to 1."""
    return len(a & b) / len(a | b) if a and b else 0.0


def cosine(a: Vector, b: Vector) -> float:
    """Return the cosine of two vectors ``[d]``; 0 if one is zero or of another length."""
    norms = math.hypot(*a) * math.hypot(*b)
    return math.fsum(map(operator.mul, a, b)) / norms if norms and len(a) == len(b) else 0.0


def rank(
    candidates: Iterable[Candidate],
    story: Sequence[str],
    context: Sequence[Vector],
    rejected: Iterable[str] = (),
) -> list[Ranked]:
    """Return at most ten candidates, the best first.

    Args:
        candidates: what the model gave, in any order.
        story: the sentences so far, oldest first.
        context: the vectors of the newest sentences, each ``[d]`` as the candidates' own.
        rejected: sentences that the writer did not want this time.
    """
    pool = _usable(candidates, {key(sentence) for sentence in (*story, *rejected)})
    if not pool:
        return []
    recent = [bigrams(sentence) for sentence in story[-RECENT:]]
    overlap = [max((jaccard(bigrams(c.text), r) for r in recent), default=0.0) for c in pool]
    parts = {
        Reason.NATURAL: _z_scores([c.log_prob / c.token_count for c in pool]),
        Reason.FITTING: _z_scores(_fit(pool, context)),
        Reason.NEW: _z_scores([-o for o in overlap]),
    }
    ranked = [
        Ranked(
            candidate,
            parts[Reason.NATURAL][i]
            + parts[Reason.FITTING][i]
            - OVERLAP_WEIGHT * max(0.0, overlap[i] - HUMAN_OVERLAP),
            _reasons({reason: scores[i] for reason, scores in parts.items()}),
        )
        for i, candidate in enumerate(pool)
    ]
    return _marginal_relevance(ranked)


def _usable(candidates: Iterable[Candidate], known: set[str]) -> list[Candidate]:
    """Return the candidates worth showing, of equal ones the likeliest, ordered by ``key``."""
    pool: dict[str, Candidate] = {}
    for candidate in candidates:
        k = key(candidate.text)
        if not k or k in known or "\ufffd" in candidate.text:
            continue
        if candidate.token_count < 1 or not math.isfinite(candidate.log_prob):
            continue
        if not math.isfinite(math.hypot(*candidate.embedding)):
            continue
        if k not in pool or _preference(candidate) > _preference(pool[k]):
            pool[k] = candidate
    return [pool[k] for k in sorted(pool)]


def _preference(candidate: Candidate) -> tuple[float, Candidate]:
    return candidate.log_prob / candidate.token_count, candidate


def _fit(pool: Sequence[Candidate], context: Sequence[Vector]) -> list[float]:
    if not context:
        return [0.0] * len(pool)
    # A server may load a new version, of another width, in the middle of a session.
    alike = [vector for vector in context if len(vector) == len(context[-1])]
    mean = tuple(math.fsum(column) / len(alike) for column in zip(*alike, strict=True))
    return [cosine(candidate.embedding, mean) for candidate in pool]


def _z_scores(values: Sequence[float]) -> list[float]:
    """Return distances from the mean in standard deviations; all 0 where there is no difference."""
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    # Differences at the last bits of a float are no differences.
    if deviation <= 1e-6 * max(1.0, abs(mean)):
        return [0.0] * len(values)
    return [(v - mean) / deviation for v in values]


def _reasons(scores: dict[Reason, float]) -> tuple[Reason, ...]:
    """Return what is above the average, or else the least below it."""
    best_first = sorted(scores, key=lambda reason: -scores[reason])
    return tuple(r for r in best_first if scores[r] > 0) or (best_first[0],)


def _marginal_relevance(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Choose one after the other by relevance minus likeness to those already chosen."""
    lowest = min(r.relevance for r in ranked)
    span = max(r.relevance for r in ranked) - lowest or 1.0
    grams = {r.candidate.text: bigrams(r.candidate.text) for r in ranked}
    likeness = dict.fromkeys(grams, 0.0)

    def marginal(r: Ranked) -> float:
        relevance = (r.relevance - lowest) / span
        return RELEVANCE_WEIGHT * relevance - (1 - RELEVANCE_WEIGHT) * likeness[r.candidate.text]

    left = list(ranked)
    chosen: list[Ranked] = []
    while left and len(chosen) < SHOWN:
        best = max(left, key=marginal)
        left.remove(best)
        chosen.append(best)
        for other in left:
            text = other.candidate.text
            likeness[text] = max(likeness[text], jaccard(grams[text], grams[best.candidate.text]))
    return chosen
