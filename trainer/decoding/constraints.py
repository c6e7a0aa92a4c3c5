"""What a candidate must not contain, as changes to the next token's log-probabilities."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID, SPECIAL_PIECES
from trainer.decoding.network.kernels import NEVER, replaced
from trainer.decoding.text.codec import BYTE_PIECES

CHUNK = 32


def forbidden(vocabulary: int) -> np.ndarray:
    """0 or ``NEVER`` for each piece, float32 ``[vocabulary]``: which may stand inside a sentence.

    Control pieces and ends do not, and single bytes seldom join up to a character.
    """
    bias = np.zeros(vocabulary, np.float32)
    bias[: len(SPECIAL_PIECES) + BYTE_PIECES] = NEVER
    return bias


def newest(ids: tf.Tensor, place: tf.Tensor, count: int) -> list[tf.Tensor]:
    """The tokens written last, newest first, int32 ``[B, W, 1]`` each; -1 where there is none.

    Args:
        ids: int32 ``[B, W, L]``, of which those before ``place`` (scalar) are written.
    """
    last = tf.pad(ids, [[0, 0], [0, 0], [count, 0]])[:, :, place : place + count]
    last = tf.ensure_shape(tf.where(last > EOS_ID, last, -1), [None, None, count])
    return tf.split(last, count, axis=2)[::-1]


def followed(text: tf.Tensor, tokens: list[tf.Tensor]) -> list[tf.Tensor]:
    """Where a text goes on from the newest 1, 2, … tokens (Paulus et al. 2018, section 2.5).

    Args:
        text: int32 ``[..., N]``, with a token below ``EOS_ID`` or EOS between sentences.
        tokens: from :func:`newest`, of shapes that broadcast to the text's.

    Returns:
        For n-grams of order 2, 3, …: bool ``[..., N]``, True at tokens that would complete one.
    """
    again, found = text > EOS_ID, []
    for back, token in enumerate(tokens, 1):
        again &= shifted(text, back) == token
        found.append(again)
    return found


def shifted(text: tf.Tensor, back: int) -> tf.Tensor:
    """What stands ``back`` places before, along the last axis; zeros before the beginning."""
    lead = [[0, 0]] * (len(text.shape) - 1)
    return tf.pad(text, [*lead, [back, 0]])[..., : tf.shape(text)[-1]]


def forbid(scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Make some tokens ``NEVER``, in the memory of ``scores``.

    Args:
        scores: float32 ``[B, W, vocabulary]``; no one else may read these places of it.
        tokens: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, which of them.
    """
    flat, places = _flat(scores, tokens, where)
    flat = replaced(flat, places, tf.fill(tf.shape(places), NEVER))
    return tf.reshape(flat, [-1, *scores.shape[1:]])


def priced(scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor, cost: float) -> tf.Tensor:
    """Take ``cost`` off some tokens, once however often they stand there.

    Args:
        scores, tokens, where: as for :func:`forbid`.
    """
    flat, places = _flat(scores, tokens, where)
    flat = replaced(flat, places, tf.gather(flat, places) - cost)
    return tf.reshape(flat, [-1, *scores.shape[1:]])


def among(tokens: tf.Tensor, text: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Whether tokens stand at some places of a text.

    Args:
        tokens: int32 ``[B, W, K]``.
        text: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, at which places: few of them.

    Returns:
        float32 ``[B, W, K]``, 1 or 0.
    """
    index = _index(text, where)
    shape = tf.shape(tokens)
    same = tf.gather_nd(tokens, index[:, :2]) == index[:, 2:]
    rows = index[:, 0] * shape[1] + index[:, 1]
    found = tf.math.unsorted_segment_max(tf.cast(same, tf.float32), rows, shape[0] * shape[1])
    return tf.reshape(tf.maximum(found, 0.0), shape)


def following(newest: tf.Tensor, avoided: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Which tokens would go on from the newest one as a sentence to avoid does.

    Args:
        newest: int ``[B, W]``, BOS at the beginning.
        avoided: int ``[B, A, S]``, sentences closed by EOS, padded with 0.

    Returns:
        Tokens ``[B, 1, A*S]`` and at which of them that is so, bool ``[B, W, A*S]``.
    """
    before = tf.pad(avoided, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
    flat = [tf.shape(avoided)[0], 1, -1]
    before, after = tf.reshape(before, flat), tf.reshape(avoided, flat)
    return after, (before == newest[..., None]) & (after > EOS_ID)


def likeliest(
    log_probs: tf.Tensor, count: int, allowed: np.ndarray | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """``tf.math.top_k`` over the last axis in two stages, which sorts far fewer values.

    Args:
        log_probs: float32 ``[B, W, vocabulary]``, vocabulary known.
        allowed: float32 ``[vocabulary]``, to be added: as :func:`forbidden` gives it.

    Returns:
        The largest values ``[B, W, count]`` and their places, int32.
    """
    vocabulary = log_probs.shape[-1]
    allowed = np.zeros(vocabulary, np.float32) if allowed is None else allowed
    chunks = vocabulary // CHUNK
    if vocabulary % CHUNK or chunks < 2 * count:
        return tf.math.top_k(log_probs + allowed, min(count, vocabulary))
    shape = tf.shape(log_probs)
    parts = tf.reshape(log_probs, [-1, chunks, CHUNK])
    allowed = allowed.reshape(chunks, CHUNK)
    best_of = tf.reduce_max(parts, axis=2) + allowed.max(axis=1)
    # A chunk whose largest value is not allowed takes the place of another.
    mixed = int((allowed.min(axis=1) < allowed.max(axis=1)).sum())
    _, best = tf.math.top_k(best_of, count + mixed, sorted=False)
    parts = tf.gather(parts, best, batch_dims=1)
    if mixed:
        parts += tf.gather(allowed, best)
    values, places = tf.math.top_k(tf.reshape(parts, [-1, (count + mixed) * CHUNK]), count)
    tokens = tf.gather(best, places // CHUNK, batch_dims=1) * CHUNK + places % CHUNK
    shape = [shape[0], shape[1], count]
    return tf.reshape(values, shape), tf.reshape(tokens, shape)


def _index(tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Row, beam and token of each place, int32 ``[n, 3]``."""
    places = tf.cast(tf.where(where), tf.int32)
    chosen = tf.gather_nd(tf.broadcast_to(tokens, tf.shape(where)), places)
    return tf.concat([places[:, :2], chosen[:, None]], axis=1)


def _flat(scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Scores in a flat row, and the places of some tokens in it, int32 ``[n]``."""
    index, shape = _index(tokens, where), tf.shape(scores)
    places = (index[:, 0] * shape[1] + index[:, 1]) * shape[2] + index[:, 2]
    return tf.reshape(scores, [-1]), places
