"""Learns ranking weights by pairwise logistic regression.

Every candidate that was not taken forms a pair with the one that was; the model predicts from the
difference of their features which one was taken (Herbrich et al. 1999; Joachims 2002,
https://doi.org/10.1145/775047.775067). In addition:

- With few choices the weights should stay near the default ones. So the default relevance is a
  feature, scaled so that the penalty hardly affects it; the penalty acts on departures from it.
- People choose from the top of a list more often (Joachims et al. 2005). So the rank is a feature
  while fitting, and its weight is dropped afterwards.
- A candidate that the writer edited is weighted by how much of it was kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from client.learn.choices import Choice
from client.ranking import FEATURES, Weights

FOLDS, INNER_FOLDS = 5, 3
INVERSE_PENALTIES = (0.01, 0.1, 1.0, 10.0)  # scikit-learn's C; small ones stay near the default
PRIOR_SCALE = 10.0  # of the default relevance among the features
BOOTSTRAP_SAMPLES = 2_000
SEED = 1

Array = NDArray[np.float64]


class Result(NamedTuple):
    """The learned weights, evaluated by cross-validation.

    Attributes:
        weights: learned from all choices.
        accuracy: share of pairs in held-out choices in which the taken one ranks higher.
        default_accuracy: the same for the default weights.
        gain: 95 % bootstrap interval of the difference.
    """

    weights: Weights
    accuracy: float
    default_accuracy: float
    gain: tuple[float, float]


def learn(choices: Sequence[Choice], default: Weights) -> Result:
    """Fit weights and cross-validate them; the penalty is chosen within each fold."""
    with threadpool_limits(1):  # more threads are far slower on such small tables
        return _learn(choices, default)


class _Pairs(NamedTuple):
    """The pairs of one choice: the taken candidate minus each that was not taken.

    Attributes:
        features: differences, ``[candidates - 1, features]``.
        lower: differences of log rank, ``[candidates - 1]``.
        weight: of each pair.
    """

    features: Array
    lower: Array
    weight: float


def _learn(choices: Sequence[Choice], default: Weights) -> Result:
    start = np.array([default.by_feature.get(name, 0.0) for name in FEATURES])
    pairs = [_pairs(choice) for choice in choices]
    held_out = np.zeros(len(pairs))
    for rest, out in _folds(len(pairs), FOLDS):
        weights = _fit_best([pairs[i] for i in rest], start)
        held_out[out] = [_accuracy(pairs[i], weights) for i in out]
    before = np.array([_accuracy(one, start) for one in pairs])
    by_feature = dict(zip(FEATURES, _fit_best(pairs, start).tolist(), strict=True))
    gain = _interval(held_out - before)
    return Result(
        default._replace(by_feature=by_feature), float(held_out.mean()), float(before.mean()), gain
    )


def _pairs(choice: Choice) -> _Pairs:
    table = np.array([[one[name] for name in FEATURES] for one in choice.shown])
    log_ranks = np.log1p(np.arange(len(table)))
    features = np.delete(table[choice.taken] - table, choice.taken, axis=0)
    lower = np.delete(log_ranks[choice.taken] - log_ranks, choice.taken)
    # The regression needs a weight above 0.
    return _Pairs(features, lower, max(choice.kept, 1e-6) / len(features))


def _folds(count: int, folds: int) -> list[tuple[list[int], list[int]]]:
    split = KFold(folds, shuffle=True, random_state=SEED).split(np.zeros(count))
    return [(rest.tolist(), out.tolist()) for rest, out in split]


def _accuracy(pairs: _Pairs, weights: Array) -> float:
    """Return the share of pairs in which the taken one ranks higher; ties count half."""
    margins = pairs.features @ weights
    return float(np.mean((margins > 0) + 0.5 * (margins == 0)))


def _fit_best(pairs: Sequence[_Pairs], start: Array) -> Array:
    """Fit with the penalty that does best in an inner cross-validation."""
    folds = _folds(len(pairs), INNER_FOLDS)

    def score(inverse_penalty: float) -> float:
        right = 0.0
        for rest, out in folds:
            weights = _fit([pairs[i] for i in rest], start, inverse_penalty)
            right += sum(_accuracy(pairs[i], weights) for i in out)
        return round(right, 6)

    return _fit(pairs, start, max(INVERSE_PENALTIES, key=score))  # of equal ones the strongest


def _fit(pairs: Sequence[_Pairs], start: Array, inverse_penalty: float) -> Array:
    """Return weights ``[features]``, scaled to the norm of ``start``."""
    columns = np.column_stack([PRIOR_SCALE * start, np.eye(len(FEATURES))])
    features = np.concatenate([one.features for one in pairs]) @ columns
    rows = np.column_stack([features, np.concatenate([one.lower for one in pairs])])
    importance = np.repeat([one.weight for one in pairs], [len(one.lower) for one in pairs])
    # Each pair in both directions, because the regression needs two classes.
    model = LogisticRegression(C=inverse_penalty, fit_intercept=False, max_iter=1_000)
    labels = np.repeat([1, 0], len(rows))
    model.fit(np.concatenate([rows, -rows]), labels, np.tile(importance, 2))
    weights = columns @ model.coef_[0][:-1]
    length = np.linalg.norm(weights)
    return np.asarray(weights * np.linalg.norm(start) / length if length else start)


def _interval(differences: Array) -> tuple[float, float]:
    draws = np.random.default_rng(SEED).choice(differences, (BOOTSTRAP_SAMPLES, len(differences)))
    low, high = np.quantile(draws.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
