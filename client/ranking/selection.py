"""Selects the ten candidates to show."""

from collections.abc import Iterable, Mapping, Sequence

from client.candidate import Candidate
from client.ranking.features import RankingContext, measure, standard_scores
from client.ranking.filters import usable
from client.ranking.mmr import maximal_marginal_relevance
from client.ranking.ranked import Ranked, Reason, percentiles
from client.ranking.weights import DEFAULT, Weights

CANDIDATES_SHOWN = 10

# The features that make up each reason.
_REASON_FEATURES: dict[Reason, tuple[str, ...]] = {
    Reason.FITTING: ("information", "cohesion", "fit"),
    Reason.NEW: ("novelty",),
    Reason.NATURAL: ("likelihood",),
}


def rank(
    candidates: Iterable[Candidate], context: RankingContext, weights: Weights = DEFAULT
) -> list[Ranked]:
    """Return at most ten usable candidates, best first.

    Args:
        candidates: from the model, in any order.
        context: of the sentence to choose.
        weights: of the features.
    """
    return choose(usable(candidates, context), context, weights)


def choose(pool: Sequence[Candidate], context: RankingContext, weights: Weights) -> list[Ranked]:
    """Return at most ten of the candidates that ``usable`` returned, best first."""
    features = measure(pool, context)
    ranked = [
        Ranked(candidate, weights.relevance(measured), reasons, measured)
        for candidate, measured, reasons in zip(pool, features, _reasons(features), strict=True)
    ]
    items = [(one, one.candidate.text, one.relevance) for one in ranked]
    return maximal_marginal_relevance(items, CANDIDATES_SHOWN, weights.variety, context.unwanted)


def _reasons(features: Sequence[Mapping[str, float]]) -> list[Mapping[Reason, float]]:
    columns = {}
    for reason, names in _REASON_FEATURES.items():
        sums = [sum(one[name] for name in names) for one in features]
        columns[reason] = percentiles(standard_scores(sums))
    return [{reason: columns[reason][i] for reason in Reason} for i in range(len(features))]
