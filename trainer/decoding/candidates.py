"""From raw hypotheses to the ten candidates of an answer."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

CANDIDATES = 10  # K
OVERLAP = 0.3  # character-bigram Jaccard of two candidates; people's sentences have 0.03 to 0.05
BUCKETS = 4096  # for bigrams: few of a sentence's hundred share one


class Candidates(NamedTuple):
    """An answer of ``suggest`` or ``sample``, best first.

    Attributes:
        candidates: string ``[B, K]``.
        log_probs: float32 ``[B, K]``, as ``score`` gives them for the same text.
        token_counts: int32 ``[B, K]``, ends included.
        ids: int32 ``[B, K, S]``, their tokens.
    """

    candidates: tf.Tensor
    log_probs: tf.Tensor
    token_counts: tf.Tensor
    ids: tf.Tensor


class Pool(NamedTuple):
    """Hypotheses to choose from, in order of preference.

    Attributes:
        ids: int32 ``[B, H, L]``; ``lengths`` and ``log_probs`` ``[B, H]``.
        texts: string ``[B, H]``, normalised.
        letters: string ``[B, H]``, what tells texts apart; see ``TextCodec.letters``.
        unusable: bool ``[B, H]``, blank or otherwise no answer.
        old: bool ``[B, H]``, stands in the training text, in the story or among what to avoid.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor
    texts: tf.Tensor
    letters: tf.Tensor
    unusable: tf.Tensor
    old: tf.Tensor


def joined(first: Pool, second: Pool) -> Pool:
    """Both pools' hypotheses, those of ``first`` before those of ``second``."""
    longest = tf.maximum(tf.shape(first.ids)[2], tf.shape(second.ids)[2])
    ids = [
        tf.pad(pool.ids, [[0, 0], [0, 0], [0, longest - tf.shape(pool.ids)[2]]])
        for pool in (first, second)
    ]
    with tf.device("/CPU:0"):  # some are strings
        rest = [tf.concat(parts, axis=1) for parts in zip(first[1:], second[1:], strict=True)]
    return Pool(tf.concat(ids, axis=1), *rest)


def taken(pool: Pool, places: tf.Tensor) -> Pool:
    """The hypotheses at some places, int32 ``[B, K]``."""
    with tf.device("/CPU:0"):
        return Pool(*(tf.gather(part, places, batch_dims=1) for part in pool))


def choose(pool: Pool) -> tuple[tf.Tensor, tf.Tensor]:
    """Choose K of more hypotheses, one after the other.

    The next one is the first in order that differs from all before it (by more than spaces and
    marks), is new, and has few bigrams in common with any of them; where there is none, the
    last wish is given up first.

    Returns:
        Places in the pool int32 ``[B, K]``, and what is wrong with each, int32: bit 0 too much
        like an earlier one, bit 1 not new, bit 2 no answer at all.
    """
    like = likeness(pool.letters)
    with tf.device("/CPU:0"):
        same = tf.equal(pool.letters[:, :, None], pool.letters[:, None, :])
    size = tf.shape(pool.lengths)[1]
    flaws = 4 * tf.cast(pool.unusable, tf.int32) + 2 * tf.cast(pool.old, tf.int32)

    def take(
        count: tf.Tensor, flaws: tf.Tensor, taken: tf.Tensor, places: tf.Tensor, found: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        # A text that stands already is worse than anything; its own place is worst.
        costs = flaws * size + tf.range(size) + tf.where(taken, 64 * size, 0)
        best = tf.argmin(costs, axis=1, output_type=tf.int32)
        flaw = tf.gather(flaws, best, batch_dims=1)
        here = tf.range(CANDIDATES) == count
        chosen = tf.gather(like, best, batch_dims=1) > OVERLAP
        twice = tf.gather(same, best, batch_dims=1)
        flaws = tf.bitwise.bitwise_or(flaws, tf.cast(chosen, tf.int32))
        flaws = tf.bitwise.bitwise_or(flaws, 4 * tf.cast(twice, tf.int32))
        taken |= tf.cast(tf.one_hot(best, size), tf.bool)
        return (
            count + 1, flaws, taken,
            tf.where(here, best[:, None], places), tf.where(here, flaw[:, None], found),
        )  # fmt: skip

    none = tf.zeros([tf.shape(flaws)[0], CANDIDATES], tf.int32)
    # A loop in the graph: ten copies of its body would take a server longer to load.
    _, _, _, places, found = tf.while_loop(
        lambda count, *_: count < CANDIDATES,
        take,
        (tf.constant(0), flaws, tf.zeros_like(pool.unusable), none, none),
    )
    return places, found


def likeness(letters: tf.Tensor) -> tf.Tensor:
    """Share of character bigrams in common (Jaccard), string ``[B, H]`` → ``[B, H, H]``."""
    with tf.device("/CPU:0"):
        flat = tf.reshape(letters, [-1])
        characters = tf.strings.unicode_decode(flat, "UTF-8", errors="replace")
        first, second = characters[:, :-1], characters[:, 1:]
        rows, buckets = first.value_rowids(), _bucket(first.flat_values, second.flat_values)
        count = tf.shape(flat, out_type=tf.int64)[0]
        shape = tf.unstack(tf.shape(letters), num=2)
        index = tf.stack([rows, buckets], axis=1)
    held = tf.scatter_nd(index, tf.ones_like(buckets, tf.float32), [count, BUCKETS])
    held = tf.reshape(tf.minimum(held, 1.0), [*shape, BUCKETS])
    common = tf.matmul(held, held, transpose_b=True)
    sizes = tf.reduce_sum(held, axis=2)
    return common / tf.maximum(sizes[:, :, None] + sizes[:, None] - common, 1.0)


def _bucket(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    mixed = tf.cast(first, tf.int64) * 1_000_003 + tf.cast(second, tf.int64)
    return (mixed * 2_654_435_761 // 65_536) % BUCKETS


def best_first(answer: Candidates, flaws: tf.Tensor) -> Candidates:
    """Order by log-probability a token; those that are no good answers come last."""
    mean = answer.log_probs / tf.cast(answer.token_counts, tf.float32)
    cost = tf.where(flaws >= 2, 1e6 * tf.cast(flaws, tf.float32), 0.0) - mean
    order = tf.argsort(cost, stable=True)
    with tf.device("/CPU:0"):
        return Candidates(*(tf.gather(part, order, batch_dims=1) for part in answer))
