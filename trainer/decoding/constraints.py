"""What a candidate must not contain, as changes to the next token's log-probabilities."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID, SPECIAL_PIECES
from trainer.decoding.fused import NEVER
from trainer.decoding.text import BYTE_PIECES

CHUNK = 32


def forbidden(vocabulary: int) -> tf.Tensor:
    """0 or ``NEVER`` for each piece, ``[vocabulary]``: which may stand inside a sentence.

    Control pieces and ends do not, and single bytes seldom join up to a character.
    """
    bias = np.zeros(vocabulary, np.float32)
    bias[: len(SPECIAL_PIECES) + BYTE_PIECES] = NEVER
    return tf.constant(bias)


def repeats(
    ids: tf.Tensor,
    place: tf.Tensor,
    text: tf.Tensor,
    order: int,
    counted: tf.Tensor | None = None,
) -> tf.Tensor:
    """Where a text goes on from the newest n-1 tokens (Paulus et al. 2018, section 2.5).

    Args:
        ids: int32 ``[B, W, L]``, of which those before ``place`` (scalar) are written.
        text: int32 ``[B, W or 1, N]``, with a token below ``EOS_ID`` or EOS between sentences.
        order: n.
        counted: bool ``[B, W or 1, N]``, tokens of which an n-gram must hold one; all if not given.

    Returns:
        bool ``[B, W, N]``, True at tokens that would complete an n-gram of the text.
    """
    size = tf.shape(text)[2]
    again = text > EOS_ID
    for back in range(1, order):
        newest = ids[:, :, tf.maximum(place - back, 0)]
        before = tf.pad(text, [[0, 0], [0, 0], [back, 0]])[:, :, :size]
        again &= (before == newest[..., None]) & (before > EOS_ID)
    if counted is not None:
        held = [tf.pad(counted, [[0, 0], [0, 0], [back, 0]])[:, :, :size] for back in range(order)]
        again &= tf.reduce_any(tf.stack(held), axis=0)
    return again & (place >= order - 1)


def forbid(log_probs: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Add ``NEVER`` to some tokens.

    Args:
        log_probs: float32 ``[B, W, vocabulary]``.
        tokens: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, which of them.
    """
    index = _index(tokens, where)
    return tf.tensor_scatter_nd_min(log_probs, index, tf.fill([tf.shape(index)[0]], NEVER))


def penalty(tokens: tf.Tensor, where: tf.Tensor, cost: float, vocabulary: int) -> tf.Tensor:
    """What some tokens cost, float32 ``[B, W, vocabulary]``: 0 or -cost.

    Args:
        tokens, where: as for :func:`forbid`.
    """
    index = _index(tokens, where)
    nothing = tf.zeros([*tf.unstack(tf.shape(where)[:2]), vocabulary])
    return tf.tensor_scatter_nd_min(nothing, index, tf.fill([tf.shape(index)[0]], -cost))


def among(tokens: tf.Tensor, text: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Whether tokens stand at some places of a text.

    Args:
        tokens: int32 ``[B, W, K]``.
        text: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, at which places.

    Returns:
        float32 ``[B, W, K]``, 1 or 0.
    """
    same = (tokens[..., None] == text[:, :, None]) & where[:, :, None]
    return tf.cast(tf.reduce_any(same, axis=3), tf.float32)


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
    flat = [tf.shape(avoided)[0], 1, -1]
    before, after = tf.reshape(before, flat), tf.reshape(avoided, flat)
    follows = (before == newest[..., None]) & (after > EOS_ID)
    return penalty(after, follows, weight, vocabulary)


def likeliest(log_probs: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """``tf.math.top_k`` over the last axis in two stages, which sorts far fewer values.

    Args:
        log_probs: float32 ``[B, W, vocabulary]``, vocabulary known.

    Returns:
        The largest values ``[B, W, count]`` and their places, int32.
    """
    vocabulary = log_probs.shape[-1]
    chunks = vocabulary // CHUNK
    if vocabulary % CHUNK or chunks < 2 * count:
        return tf.math.top_k(log_probs, min(count, vocabulary))
    shape = tf.shape(log_probs)
    parts = tf.reshape(log_probs, [-1, chunks, CHUNK])
    _, best = tf.math.top_k(tf.reduce_max(parts, axis=2), count, sorted=False)
    parts = tf.gather(parts, best, batch_dims=1)
    values, places = tf.math.top_k(tf.reshape(parts, [-1, count * CHUNK]), count)
    tokens = tf.gather(best, places // CHUNK, batch_dims=1) * CHUNK + places % CHUNK
    shape = [shape[0], shape[1], count]
    return tf.reshape(values, shape), tf.reshape(tokens, shape)


def _index(tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Row, beam and token of each place, int32 ``[n, 3]``."""
    places = tf.cast(tf.where(where), tf.int32)
    chosen = tf.gather_nd(tf.broadcast_to(tokens, tf.shape(where)), places)
    return tf.concat([places[:, :2], chosen[:, None]], axis=1)
