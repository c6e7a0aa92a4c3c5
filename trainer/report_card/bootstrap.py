"""Ratios with bootstrap confidence intervals."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A ratio and its 95 % bootstrap interval.

    Attributes:
        value: the ratio.
        low, high: ends of the interval.
        count: the ratio's denominator.
    """

    value: float
    low: float
    high: float
    count: float


def estimate_ratio(parts: Sequence[tuple[float, float]], seed: int) -> Estimate | None:
    """A ratio of sums, with an interval from resampling whole windows of text.

    The sentences of a window are correlated, so resampling single sentences would make the
    interval too narrow (cluster bootstrap: Davison and Hinkley 1997, section 3.8).

    Args:
        parts: numerator and denominator of each window.
        seed: of the resampling.

    Returns:
        None if the denominator is 0.
    """
    pairs = np.array(parts, float).reshape(-1, 2)
    count = pairs[:, 1].sum()
    if count <= 0:
        return None
    drawn = np.random.default_rng(seed).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    ratios = sums[:, 0] / np.maximum(sums[:, 1], 1e-9)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(ratios[sums[:, 1] > 0], [tail, 100 - tail])
    return Estimate(float(pairs[:, 0].sum() / count), float(low), float(high), float(count))
