"""A ranked candidate, with the reasons for its rank: three scores from 0 to 1."""

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from client.candidate import Candidate


class Reason(Enum):
    """What can favour a candidate; the value is its key in ``client.messages``."""

    FITTING = "fitting"
    NEW = "new"
    NATURAL = "natural"


class Ranked(NamedTuple):
    """A candidate with its score.

    Attributes:
        candidate: the sentence.
        relevance: the score before maximal marginal relevance.
        reasons: for each reason its percentile among the candidates of the turn, 0 to 1.
        features: standard scores by the names in ``client.ranking.features``; empty if read from a
            journal that lacks them.
    """

    candidate: Candidate
    relevance: float
    reasons: Mapping[Reason, float]
    features: Mapping[str, float]

    @property
    def strongest(self) -> Reason:
        """The reason that favours it most."""
        return max(Reason, key=lambda reason: self.reasons[reason])


def percentiles(values: Sequence[float]) -> list[float]:
    """Return the cumulative normal distribution at each standard score, 0 to 1."""
    return [round((1 + math.erf(value / math.sqrt(2))) / 2, 3) for value in values]
