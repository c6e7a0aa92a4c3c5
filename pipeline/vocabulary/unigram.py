"""A unigram language model over pieces of words, by expectation maximisation and pruning.

T. Kudo, Subword Regularization: Improving Neural Network Translation Models with Multiple Subword
Candidates, ACL 2018, section 3.2; the M step is the variational one of SentencePiece's
``unigram_model_trainer.cc``. Two things differ. The E step processes all distinct pretokens of the
corpus at once, position by position, as array operations. And its posterior is biased towards known
boundaries inside words, a soft constraint (K. Ganchev et al., Posterior Regularization for
Structured Latent Variable Models, JMLR 2010). The finished model contains no boundaries: pieces
that cross them have merely lost counts.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from pipeline.vocabulary.substrings import Floats, Substrings

SHRINKING_FACTOR = 0.75  # share of the pieces kept in one round of pruning
EM_STEPS = 2  # between two rounds
MIN_EXPECTED_COUNT = 0.5  # of a piece that is kept
# Cost in nats of crossing a boundary inside a word: 0 ignores boundaries, 8 practically forbids
# crossing them. docs/vocabulary.md has measurements.
CROSSING_COST = 4.0


@dataclass
class Pieces:
    """Learned pieces and their log-probabilities, most probable first."""

    texts: list[str]
    log_probs: list[float]


def expected_counts(corpus: Substrings, probs: Floats) -> Floats:
    """E step: expected counts ``[K]`` of the pieces given their probabilities ``[K]``.

    A piece is less probable where it crosses boundaries. Probabilities of a pretoken (at most 16
    characters) stay well within the range of a double, so no logarithms are needed.
    """
    probs = np.append(probs, 0.0)
    cost = np.exp(-CROSSING_COST * np.arange(256))
    # edges[n - 1][p]: probability of the piece of n characters at position p.
    edges = [
        probs[at] * cost[crossings]
        for at, crossings in zip(corpus.at, corpus.crossings, strict=True)
    ]
    size = len(corpus.at[0])
    # The lattice of a pretoken of n characters has n + 1 nodes: those of pretoken m are at
    # starts[m] + m + 0 … n.
    begins = corpus.starts + np.arange(len(corpus.starts))
    forward, backward = np.zeros(size + len(begins)), np.zeros(size + len(begins))
    forward[begins] = 1.0
    backward[begins + corpus.lengths] = 1.0
    for position in range(1, int(corpus.lengths[0]) + 1):
        many = np.searchsorted(-corpus.lengths, -position, side="right")  # longest pretokens first
        for length in range(1, min(position, len(edges)) + 1):
            edge = edges[length - 1][corpus.starts[:many] + position - length]
            forward[begins[:many] + position] += forward[begins[:many] + position - length] * edge
        ends = begins[:many] + corpus.lengths[:many] - position
        tails = corpus.starts[:many] + corpus.lengths[:many] - position
        for length in range(1, min(position, len(edges)) + 1):
            backward[ends] += backward[ends + length] * edges[length - 1][tails]
    total = forward[begins + corpus.lengths]
    scale = np.repeat(corpus.weights / total, corpus.lengths)
    node = np.arange(size) + np.repeat(np.arange(len(begins)), corpus.lengths)
    expected = np.zeros(len(probs))
    for length, edge in enumerate(edges, 1):
        alive = np.flatnonzero(edge)
        here = node[alive]
        share = forward[here] * edge[alive] * backward[here + length] * scale[alive]
        expected += np.bincount(corpus.at[length - 1][alive], share, len(probs))
    return expected[:-1]


def best_split(corpus: Substrings, log_probs: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Find the most probable segmentation of each piece into other pieces (Viterbi).

    Args:
        corpus: the pieces.
        log_probs: their log-probabilities ``[K]``.

    Returns:
        parts ``[K, longest] int64``: numbers of the other pieces, padded with K; and the
        log-probability of the segmentation ``[K]``, minus infinity for a single character.
    """
    count, longest = len(corpus.texts), len(corpus.at)
    scores = np.append(log_probs, -np.inf)
    lengths = np.array([len(text) for text in corpus.texts])
    best = np.full((count, longest + 1), -np.inf)
    best[:, 0] = 0.0
    step = np.zeros((count, longest + 1), np.int64)
    for end in range(1, longest + 1):
        for length in range(1, end + 1):
            alive = np.flatnonzero((lengths >= end) & ~((length == end) & (lengths == end)))
            piece = corpus.at[length - 1][corpus.first[alive] + end - length]
            score = best[alive, end - length] + scores[piece]
            better = score > best[alive, end]
            best[alive[better], end] = score[better]
            step[alive[better], end] = length
    parts = np.full((count, longest), count, np.int64)
    split = best[np.arange(count), lengths]
    left = np.where(np.isfinite(split), lengths, 0)  # characters not yet traced back
    for slot in range(longest):
        alive = np.flatnonzero(left > 0)
        taken = step[alive, left[alive]]
        left[alive] -= taken
        position = corpus.first[alive] + left[alive]
        for n in np.unique(taken).tolist():
            here = taken == n
            parts[alive[here], slot] = corpus.at[n - 1][position[here]]
    return parts, split


def removal_loss(corpus: Substrings, expected: Floats) -> Floats:
    """Loss of log-likelihood ``[K]`` if a piece is removed; infinite for a single character.

    The count of a removed piece moves to the pieces of its best segmentation.
    """
    total = expected.sum()
    log_probs = np.log(np.maximum(expected, 1e-12)) - np.log(total)
    parts, split = best_split(corpus, log_probs)
    used = parts < len(expected)
    padded = np.append(expected, 0.0)
    grown = np.log(np.maximum(padded[parts] + expected[:, None], 1e-12))
    new_total = np.log(total + expected * (used.sum(1) - 1))
    alternative = np.where(used, grown - new_total[:, None], 0.0).sum(1)
    loss = expected * (log_probs - alternative)
    return np.where(np.isfinite(split), loss, np.inf)


def train(
    corpus: Substrings,
    size: int,
    required: Collection[str],
) -> Pieces:
    """Learn up to `size` pieces from the candidates in `corpus`, which it modifies.

    Args:
        corpus: candidates, all single characters among them.
        size: number of pieces wanted; fewer are returned if there are no more candidates.
        required: characters that are always returned; the others only complete the lattice.
    """
    single = np.array([len(text) == 1 for text in corpus.texts])
    extra = int(single.sum()) - len(set(required))  # characters that are not returned
    probs = corpus.counts / corpus.counts.sum()
    while True:
        for _ in range(EM_STEPS):
            expected = expected_counts(corpus, probs)
            probs = _maximize(expected)
        keep = single | (expected >= MIN_EXPECTED_COUNT)
        left = int(keep.sum()) - extra
        if left > size:
            loss = removal_loss(corpus, expected)
            loss[single] = np.inf
            loss[~keep] = -np.inf
            target = max(size, int(left * SHRINKING_FACTOR)) + extra
            keep[np.argsort(-loss, kind="stable")[target:]] = False
        if keep.all():
            break
        corpus.keep(keep)
        probs, single = probs[keep] / probs[keep].sum(), single[keep]
    for _ in range(EM_STEPS):
        probs = _maximize(expected_counts(corpus, probs))
    wanted = set(required)
    scored = sorted(
        (-float(score), text)
        for text, score in zip(corpus.texts, np.log(probs), strict=True)
        if len(text) > 1 or text in wanted
    )
    return Pieces([text for _, text in scored][:size], [-score for score, _ in scored][:size])


def _maximize(expected: Floats) -> Floats:
    """M step: probabilities ``[K]``; digamma, from a sparse Dirichlet prior, lowers rare pieces."""
    floor = 0.1
    expected = np.maximum(expected, floor)
    probs = np.exp(digamma(expected) - digamma(expected.sum()))
    return probs
