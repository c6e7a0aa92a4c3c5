"""One figure of the report card, with an interval that says how sure it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

RESAMPLES = 1000
COVERED = 0.95


@dataclasses.dataclass(frozen=True)
class Figure:
    """A ratio and its bootstrap interval, which covers 95 %.

    Attributes:
        value: what was measured.
        low, high: ends of the interval.
        count: how many were counted: the ratio's denominator.
    """

    value: float
    low: float
    high: float
    count: float


def ratio(parts: Sequence[tuple[float, float]], seed: int) -> Figure | None:
    """A ratio of sums, and its interval by resampling whole windows of text.

    Sentences of one window have much in common, so that resampling single sentences would
    promise too much (cluster bootstrap: Davison and Hinkley 1997, section 3.8).

    Args:
        parts: numerator and denominator of each window.
        seed: of the resampling.

    Returns:
        None if nothing was counted.
    """
    pairs = np.array(parts, float).reshape(-1, 2)
    count = pairs[:, 1].sum()
    if count <= 0:
        return None
    drawn = np.random.default_rng(seed).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    ratios = sums[:, 0] / np.maximum(sums[:, 1], 1e-9)
    tail = 100 * (1 - COVERED) / 2
    low, high = np.percentile(ratios[sums[:, 1] > 0], [tail, 100 - tail])
    return Figure(float(pairs[:, 0].sum() / count), float(low), float(high), float(count))
