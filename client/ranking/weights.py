"""How much each feature counts, and what the writer's dial does to it."""

from collections.abc import Mapping
from typing import NamedTuple

from client.ranking.features import FEATURES

SAFEST, BOLDEST = -3, 3  # ends of the dial 무난 ↔ 새로움; 0 is what was measured to be best


class Weights(NamedTuple):
    """What makes one number of a candidate's features.

    Attributes:
        of: weight of each feature, a name of ``FEATURES``; what is not there counts nothing.
        variety: share of variety against relevance in maximal marginal relevance, 0 to 1.
    """

    of: Mapping[str, float]
    variety: float = 0.7

    def relevance(self, features: Mapping[str, float]) -> float:
        """Return the weighted sum of features."""
        return sum(weight * features.get(name, 0.0) for name, weight in self.of.items())

    def turned(self, dial: int) -> "Weights":
        """Return the weights with the dial at ``dial``, ``SAFEST`` to ``BOLDEST``."""
        of = {name: self.of.get(name, 0.0) + _STEP.get(name, 0.0) * dial for name in FEATURES}
        return Weights(of, self.variety + _VARIETY_STEP * dial)


# Fitted to half of the held-out works and reported on the others by benchmarks/ranking.py.
DEFAULT = Weights(
    {"information": 0.6, "cohesion": 0.6, "newness": 0.2, "likelihood": 0.2, "fit": 0.1}
)

# What one step towards 새로움 adds.
_STEP = {"novelty": 0.35, "likelihood": -0.2}
_VARIETY_STEP = 0.05
