"""Selects the ten candidates of a response from a pool of hypotheses."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

CANDIDATES = 10  # K
MAX_OVERLAP = 0.3  # bigram Jaccard of two candidates; two sentences by people have 0.03 to 0.05
BUCKETS = 4096  # for hashed bigrams: of a sentence's hundred, few collide


class Candidates(NamedTuple):
    """The response to ``suggest`` or ``sample``, best first.

    Attributes:
        candidates: string ``[B, K]``.
        log_probs: float32 ``[B, K]``, as ``score`` gives them for the same text.
        token_counts: int32 ``[B, K]``, EOS included.
        ids: int32 ``[B, K, S]``, their tokens.
    """

    candidates: tf.Tensor
    log_probs: tf.Tensor
    token_counts: tf.Tensor
    ids: tf.Tensor


class Pool(NamedTuple):
    """Hypotheses to select from, in order of preference.

    Attributes:
        ids: int32 ``[B, H, L]``; ``lengths`` and ``log_probs`` ``[B, H]``.
        texts: string ``[B, H]``, normalised.
        letters: string ``[B, H]``, texts in the form in which they are compared; see
            ``TextCodec.letters``.
        unusable: bool ``[B, H]``, blank, or without the prefix.
        seen_before: bool ``[B, H]``, in the training text, the story or the sentences to avoid.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor
    texts: tf.Tensor
    letters: tf.Tensor
    unusable: tf.Tensor
    seen_before: tf.Tensor


def concat_pools(first: Pool, second: Pool) -> Pool:
    """The hypotheses of both pools, those of ``first`` preferred."""
    longest = tf.maximum(tf.shape(first.ids)[2], tf.shape(second.ids)[2])
    ids = [
        tf.pad(pool.ids, [[0, 0], [0, 0], [0, longest - tf.shape(pool.ids)[2]]])
        for pool in (first, second)
    ]
    with tf.device("/CPU:0"):  # some are strings
        rest = [tf.concat(parts, axis=1) for parts in zip(first[1:], second[1:], strict=True)]
    return Pool(tf.concat(ids, axis=1), *rest)


def gather_pool(pool: Pool, places: tf.Tensor) -> Pool:
    """The hypotheses at some places, int32 ``[B, K]``."""
    with tf.device("/CPU:0"):
        return Pool(*(tf.gather(part, places, batch_dims=1) for part in pool))


def select(pool: Pool) -> tuple[tf.Tensor, tf.Tensor]:
    """Select K hypotheses greedily.

    Each is the first in order that differs from all selected before it (by more than spaces and
    punctuation), was not seen before, and shares few bigrams with any of them. Where there is
    none, the last of these conditions is dropped first.

    Returns:
        Places in the pool int32 ``[B, K]``, and the flaws of each, int32: bit 0 too similar to
        an earlier one, bit 1 seen before, bit 2 unusable or a duplicate.
    """
    overlaps = bigram_jaccard(pool.letters)
    with tf.device("/CPU:0"):
        equal = tf.equal(pool.letters[:, :, None], pool.letters[:, None, :])
    size = tf.shape(pool.lengths)[1]
    flaws = 4 * tf.cast(pool.unusable, tf.int32) + 2 * tf.cast(pool.seen_before, tf.int32)

    def select_next(
        count: tf.Tensor, flaws: tf.Tensor, taken: tf.Tensor, places: tf.Tensor, found: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        # A taken place costs more than any flaws, so that no place is selected twice.
        costs = flaws * size + tf.range(size) + tf.where(taken, 64 * size, 0)
        best = tf.argmin(costs, axis=1, output_type=tf.int32)
        flaw = tf.gather(flaws, best, batch_dims=1)
        here = tf.range(CANDIDATES) == count
        similar = tf.gather(overlaps, best, batch_dims=1) > MAX_OVERLAP
        duplicate = tf.gather(equal, best, batch_dims=1)
        flaws = tf.bitwise.bitwise_or(flaws, tf.cast(similar, tf.int32))
        flaws = tf.bitwise.bitwise_or(flaws, 4 * tf.cast(duplicate, tf.int32))
        taken |= tf.cast(tf.one_hot(best, size), tf.bool)
        return (
            count + 1, flaws, taken,
            tf.where(here, best[:, None], places), tf.where(here, flaw[:, None], found),
        )  # fmt: skip

    none = tf.zeros([tf.shape(flaws)[0], CANDIDATES], tf.int32)
    # A loop in the graph: a server would take longer to load ten copies of its body.
    _, _, _, places, found = tf.while_loop(
        lambda count, *_: count < CANDIDATES,
        select_next,
        (tf.constant(0), flaws, tf.zeros_like(pool.unusable), none, none),
    )
    return places, found


def bigram_jaccard(letters: tf.Tensor) -> tf.Tensor:
    """Jaccard index of the character bigrams of all pairs, string ``[B, H]`` → ``[B, H, H]``."""
    with tf.device("/CPU:0"):
        flat = tf.reshape(letters, [-1])
        characters = tf.strings.unicode_decode(flat, "UTF-8", errors="replace")
        first, second = characters[:, :-1], characters[:, 1:]
        rows, buckets = first.value_rowids(), _bucket(first.flat_values, second.flat_values)
        count = tf.shape(flat, out_type=tf.int64)[0]
        shape = tf.unstack(tf.shape(letters), num=2)
        index = tf.stack([rows, buckets], axis=1)
    present = tf.scatter_nd(index, tf.ones_like(buckets, tf.float32), [count, BUCKETS])
    present = tf.reshape(tf.minimum(present, 1.0), [*shape, BUCKETS])
    common = tf.matmul(present, present, transpose_b=True)
    sizes = tf.reduce_sum(present, axis=2)
    return common / tf.maximum(sizes[:, :, None] + sizes[:, None] - common, 1.0)


def _bucket(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    mixed = tf.cast(first, tf.int64) * 1_000_003 + tf.cast(second, tf.int64)
    return (mixed * 2_654_435_761 // 65_536) % BUCKETS


def best_first(candidates: Candidates, flaws: tf.Tensor) -> Candidates:
    """Sort by mean log-probability of a token; seen and unusable ones come last."""
    mean = candidates.log_probs / tf.cast(candidates.token_counts, tf.float32)
    cost = tf.where(flaws >= 2, 1e6 * tf.cast(flaws, tf.float32), 0.0) - mean
    order = tf.argsort(cost, stable=True)
    with tf.device("/CPU:0"):
        return Candidates(*(tf.gather(part, order, batch_dims=1) for part in candidates))
