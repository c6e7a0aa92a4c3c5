"""Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): relevant, but not redundant."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from client.ranking.similarity import bigrams, jaccard

T = TypeVar("T")

HUMAN_OVERLAP = 0.30  # Jaccard of character bigrams; neighbouring human sentences stay below it
EXCESS_PENALTY = 4.0  # factor on what exceeds it


def maximal_marginal_relevance(
    items: Sequence[tuple[T, str, float]], count: int, variety: float, unlike: Iterable[str] = ()
) -> list[T]:
    """Choose greedily by relevance minus similarity to what is already chosen.

    Similarity beyond the human level is penalised more: of two near-duplicates one is too many.

    Args:
        items: to choose from, each with its sentence and relevance.
        count: how many to choose at most.
        variety: weight of dissimilarity (1 - lambda), 0 to 1; the rest goes to relevance.
        unlike: sentences that count as already chosen.
    """
    if not items:
        return []
    relevances = [relevance for _, _, relevance in items]
    lowest, span = min(relevances), max(relevances) - min(relevances) or 1.0
    grams = [bigrams(text) for _, text, _ in items]
    avoided = [bigrams(text) for text in unlike]
    similarity = [max((jaccard(g, b) for b in avoided), default=0.0) for g in grams]
    left, chosen = list(range(len(items))), list[int]()

    def marginal(i: int) -> float:
        excess = EXCESS_PENALTY * max(0.0, similarity[i] - HUMAN_OVERLAP)
        return (1 - variety) * (relevances[i] - lowest) / span - variety * (similarity[i] + excess)

    while left and len(chosen) < count:
        best = max(left, key=marginal)
        left.remove(best)
        chosen.append(best)
        for i in left:
            similarity[i] = max(similarity[i], jaccard(grams[i], grams[best]))
    return [items[i][0] for i in chosen]
