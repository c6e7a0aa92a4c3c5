"""What a candidate must not contain, as changes to the next token's log-probabilities."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID, SPECIAL_PIECES

NEVER = -1e9
BYTE_PIECES = 256


def forbidden(vocabulary: int) -> tf.Tensor:
    """0 or ``NEVER`` for each piece, ``[vocabulary]``.

    Control pieces never stand in a sentence, and single bytes seldom join up to a character.
    """
    bias = np.zeros(vocabulary, np.float32)
    bias[: len(SPECIAL_PIECES) + BYTE_PIECES] = NEVER
    bias[EOS_ID] = 0.0
    return tf.constant(bias)


def add_at(tokens: tf.Tensor, weights: tf.Tensor, vocabulary: int) -> tf.Tensor:
    """Sum weights by token: int ``[B, W, n]``, float ``[B, W, n]`` → ``[B, W, vocabulary]``."""
    shape = tf.shape(tokens)
    beams = tf.broadcast_to(tf.range(shape[0] * shape[1])[:, None], [shape[0] * shape[1], shape[2]])
    index = tf.stack([tf.reshape(beams, [-1]), tf.reshape(tokens, [-1])], axis=1)
    sums = tf.scatter_nd(index, tf.reshape(weights, [-1]), [shape[0] * shape[1], vocabulary])
    return tf.reshape(sums, [shape[0], shape[1], vocabulary])


def repeats(ids: tf.Tensor, length: tf.Tensor, order: int, vocabulary: int) -> tf.Tensor:
    """``NEVER`` for tokens that would repeat an n-gram (Paulus et al. 2018, section 2.5).

    Args:
        ids: int ``[B, W, L]``, of which ``length`` (scalar) are written.
        order: n.

    Returns:
        float32 ``[B, W, vocabulary]``.
    """
    size = tf.shape(ids)[2]
    # Position p holds the last token of an n-gram whose first n-1 equal the newest n-1.
    again = tf.range(size)[None, None] < length
    for back in range(1, order):
        newest = ids[:, :, tf.maximum(length - back, 0)]
        before = tf.roll(ids, shift=back, axis=2)
        again &= (before == newest[..., None]) & (tf.range(size) >= back)
    again &= length >= order
    return add_at(ids, tf.where(again, NEVER, 0.0), vocabulary)


def avoidance(newest: tf.Tensor, avoided: tf.Tensor, weight: float, vocabulary: int) -> tf.Tensor:
    """A penalty for going on from the newest token as a sentence to avoid does.

    Args:
        newest: int ``[B, W]``, BOS at the beginning.
        avoided: int ``[B, A, S]``, sentences closed by EOS, padded with 0.
        weight: what one such step costs, in nats.

    Returns:
        float32 ``[B, W, vocabulary]``, 0 or -weight.
    """
    before = tf.pad(avoided, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
    flat = tf.reshape(before, [tf.shape(before)[0], 1, -1])
    after = tf.reshape(avoided, [tf.shape(before)[0], 1, -1])
    follows = (flat == newest[..., None]) & (after > EOS_ID)
    after = tf.broadcast_to(after, tf.shape(follows))
    hits = add_at(after, tf.cast(follows, tf.float32), vocabulary)
    return -weight * tf.cast(hits > 0, tf.float32)
