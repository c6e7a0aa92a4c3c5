"""The weights of the ranking features, and how the writer's dial shifts them."""

from collections.abc import Mapping
from typing import NamedTuple

from client.ranking.features import FEATURES

SAFEST, BOLDEST = -3, 3  # ends of the dial 무난 ↔ 새로움; 0 measured best


class Weights(NamedTuple):
    """How a candidate's features combine into its relevance.

    Attributes:
        by_feature: weight of each feature by its name in ``FEATURES``; 0 if missing.
        variety: weight of variety against relevance (1 - lambda of MMR), 0 to 1.
    """

    by_feature: Mapping[str, float]
    variety: float = 0.7

    def relevance(self, features: Mapping[str, float]) -> float:
        """Return the weighted sum of the features."""
        return sum(weight * features.get(name, 0.0) for name, weight in self.by_feature.items())

    def with_dial(self, dial: int) -> "Weights":
        """Return the weights for the dial at ``dial``, ``SAFEST`` to ``BOLDEST``."""
        by_feature = {
            name: self.by_feature.get(name, 0.0) + _STEP.get(name, 0.0) * dial for name in FEATURES
        }
        return Weights(by_feature, self.variety + _VARIETY_STEP * dial)


# Fitted on half of the held-out works, evaluated on the other half (benchmarks/ranking.py).
DEFAULT = Weights(
    {"information": 0.6, "cohesion": 0.6, "newness": 0.2, "likelihood": 0.2, "fit": 0.1}
)

# Added by each step towards 새로움.
_STEP = {"novelty": 0.35, "likelihood": -0.2}
_VARIETY_STEP = 0.05
