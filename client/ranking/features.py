"""Ranking features: measures of a candidate, standardised over the candidates of its turn.

Measured on held-out novels (benchmarks/ranking.py): how much the story raises a sentence's
probability, and the rare words it shares with the story, find the true next sentence far more
often than its probability or its embedding does.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from client.candidate import Candidate, Vector
from client.ranking.cohesion import Cohesion
from client.ranking.similarity import bigrams, cosine, jaccard, mean

CONTEXT_SENTENCES = 5  # newest sentences, as many as the model's own context window
LOOKBACK_SENTENCES = 40  # newest sentences whose words are compared

# Overlap (Jaccard index of character bigrams) with the most similar of the last five sentences. Of
# true next sentences half lie between 0 and 0.06, and one in fifty above 0.30. The score is 1
# in between and 0 from 0.50 on; the first number only sets the slope below 0.05.
OVERLAP_BAND = (-0.15, 0.05, 0.30, 0.50)


class RankingContext(NamedTuple):
    """What candidates are ranked for.

    Attributes:
        story: the sentences so far, oldest first.
        recent_vectors: embeddings of the newest sentences, each ``[d]`` like the candidates'.
        shown: sentences not to show again.
        unwanted: sentences to differ from.
        prefix: the beginning that the writer gave; may be empty.
        unconditional: the candidates' log-probabilities without the story, by text; may be empty.
    """

    story: Sequence[str] = ()
    recent_vectors: Sequence[Vector] = ()
    shown: Sequence[str] = ()
    unwanted: Sequence[str] = ()
    prefix: str = ""
    unconditional: Mapping[str, float] = {}


def _likelihood(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Log-probability per token."""
    return [c.log_prob / c.token_count for c in pool]


def _information(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Pointwise mutual information of story and sentence, over the root of the token count.

    Bland sentences are likely after any story; this is what the story adds (Li et al. 2016,
    https://aclanthology.org/N16-1014). 0 if an unconditional log-probability is missing.
    """
    if any(c.text not in context.unconditional for c in pool):
        return [0.0] * len(pool)
    return [(c.log_prob - context.unconditional[c.text]) / math.sqrt(c.token_count) for c in pool]


def _cohesion(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Words shared with the story."""
    cohesion = Cohesion(context.story[-LOOKBACK_SENTENCES:])
    return [cohesion.score(c.text) for c in pool]


def _fit(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Cosine of the sentence's embedding and the mean of the last five."""
    center = mean(context.recent_vectors) if context.recent_vectors else ()
    return [cosine(c.embedding, center) for c in pool]


def _newness(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """1 at the human level of overlap with the last five sentences, less above and below it."""
    recent = [bigrams(sentence) for sentence in context.story[-CONTEXT_SENTENCES:]]
    nearest = (max((jaccard(bigrams(c.text), r) for r in recent), default=0.0) for c in pool)
    return [trapezoid(overlap, *OVERLAP_BAND) for overlap in nearest]


def _novelty(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Share of the sentence's character bigrams that the story's newest sentences do not have."""
    known = frozenset[str]().union(*map(bigrams, context.story[-LOOKBACK_SENTENCES:]))
    return [len(bigrams(c.text) - known) / len(bigrams(c.text)) for c in pool]


def _length(pool: Sequence[Candidate], context: RankingContext) -> list[float]:
    """Logarithm of the token count; weighted only if learned from a writer's choices."""
    return [math.log(c.token_count) for c in pool]


MEASURES: dict[str, Callable[[Sequence[Candidate], RankingContext], list[float]]] = {
    "likelihood": _likelihood,
    "information": _information,
    "cohesion": _cohesion,
    "fit": _fit,
    "newness": _newness,
    "novelty": _novelty,
    "length": _length,
}
FEATURES = tuple(MEASURES)


def measure(pool: Sequence[Candidate], context: RankingContext) -> list[Mapping[str, float]]:
    """Return the features of each candidate, in standard deviations from the pool's mean."""
    columns = {name: standard_scores(raw(pool, context)) for name, raw in MEASURES.items()}
    return [{name: columns[name][i] for name in FEATURES} for i in range(len(pool))]


def standard_scores(values: Sequence[float]) -> list[float]:
    """Return the standard scores of ``values``; all 0 if they are equal."""
    if not values:
        return []
    average = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((v - average) ** 2 for v in values) / len(values))
    # Rounding errors are not differences.
    if deviation <= 1e-6 * max(1.0, abs(average)):
        return [0.0] * len(values)
    return [round((v - average) / deviation, 4) for v in values]


def trapezoid(value: float, zero: float, rise: float, fall: float, end: float) -> float:
    """Return 1 from ``rise`` to ``fall``, decreasing linearly to 0 at ``zero`` and ``end``."""
    return max(0.0, min(1.0, (value - zero) / (rise - zero), (end - value) / (end - fall)))
