"""Chooses the ten candidates to show, and explains the rank of each.

1. ``filters`` removes blank, malformed and unfinished sentences, duplicates and near-duplicates.
2. ``features`` measures each candidate; ``weights`` combines the measures into its relevance.
3. ``mmr`` chooses ten that differ, by maximal marginal relevance.

The result does not depend on the order of the candidates.
"""

from client.ranking.features import CONTEXT_SENTENCES, FEATURES, RankingContext
from client.ranking.filters import usable
from client.ranking.ranked import Ranked, Reason
from client.ranking.selection import CANDIDATES_SHOWN, choose, rank
from client.ranking.similarity import bigrams, comparison_key, cosine, jaccard
from client.ranking.weights import BOLDEST, DEFAULT, SAFEST, Weights

__all__ = [
    "BOLDEST",
    "CANDIDATES_SHOWN",
    "CONTEXT_SENTENCES",
    "DEFAULT",
    "FEATURES",
    "SAFEST",
    "Ranked",
    "RankingContext",
    "Reason",
    "Weights",
    "bigrams",
    "choose",
    "comparison_key",
    "cosine",
    "jaccard",
    "rank",
    "usable",
]
