"""What a candidate must not contain, as changes to the next token's scores."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID, SPECIAL_PIECES
from trainer.decoding.network.kernels import scatter_in_place
from trainer.decoding.text.codec import BYTE_PIECES
from trainer.model.layers import NEG_INF

CHUNK = 32  # tokens, of the two-stage top-k


def suppressed_token_bias(vocabulary: int) -> np.ndarray:
    """0 or ``NEG_INF`` for each piece, float32 ``[vocabulary]``.

    Suppresses control pieces, EOS among them, and byte pieces, which seldom join up to a valid
    character.
    """
    bias = np.zeros(vocabulary, np.float32)
    bias[: len(SPECIAL_PIECES) + BYTE_PIECES] = NEG_INF
    return bias


def last_tokens(ids: tf.Tensor, size: tf.Tensor, count: int) -> list[tf.Tensor]:
    """The last tokens written, newest first, int32 ``[B, W, 1]`` each; -1 where there is none.

    Args:
        ids: int32 ``[B, W, L]``, of which the first ``size`` (scalar) are written.
    """
    last = tf.pad(ids, [[0, 0], [0, 0], [count, 0]])[:, :, size : size + count]
    last = tf.ensure_shape(tf.where(last > EOS_ID, last, -1), [None, None, count])
    return tf.split(last, count, axis=2)[::-1]


def repeated_ngrams(text: tf.Tensor, last: list[tf.Tensor]) -> list[tf.Tensor]:
    """Where a text continues the last 1, 2, … tokens (Paulus et al. 2018, section 2.5).

    Args:
        text: int32 ``[..., N]``, with EOS or a smaller id between sentences.
        last: from :func:`last_tokens`, of shapes that broadcast to the text's.

    Returns:
        For n-grams of order 2, 3, …: bool ``[..., N]``, True at the tokens that, written next,
        would repeat an n-gram of the text.
    """
    match, matches = text > EOS_ID, []
    for back, token in enumerate(last, 1):
        match &= shift_right(text, back) == token
        matches.append(match)
    return matches


def shift_right(text: tf.Tensor, by: int) -> tf.Tensor:
    """Shift ``[..., N]`` along its last axis; zeros come in from the left."""
    lead = [[0, 0]] * (len(text.shape) - 1)
    return tf.pad(text, [*lead, [by, 0]])[..., : tf.shape(text)[-1]]


def mask_tokens(scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Set the scores of some tokens to ``NEG_INF``, in place.

    Args:
        scores: float32 ``[B, W, vocabulary]``; nothing else may read these entries of it.
        tokens: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, which of them.
    """
    flat, places = _flat_places(scores, tokens, where)
    flat = scatter_in_place(flat, places, tf.fill(tf.shape(places), NEG_INF))
    return tf.reshape(flat, [-1, *scores.shape[1:]])


def penalize_tokens(
    scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor, penalty: float
) -> tf.Tensor:
    """Subtract ``penalty`` from the scores of some tokens, once however often they are listed.

    Args:
        scores, tokens, where: as for :func:`mask_tokens`.
    """
    flat, places = _flat_places(scores, tokens, where)
    flat = scatter_in_place(flat, places, tf.gather(flat, places) - penalty)
    return tf.reshape(flat, [-1, *scores.shape[1:]])


def occurs_in(tokens: tf.Tensor, text: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Whether tokens occur in a text, at the places that count.

    Args:
        tokens: int32 ``[B, W, K]``.
        text: int32 ``[B, W or 1, N]``.
        where: bool ``[B, W, N]``, the places; few of them.

    Returns:
        float32 ``[B, W, K]``, 1 or 0.
    """
    index = _index(text, where)
    shape = tf.shape(tokens)
    same = tf.gather_nd(tokens, index[:, :2]) == index[:, 2:]
    rows = index[:, 0] * shape[1] + index[:, 1]
    found = tf.math.unsorted_segment_max(tf.cast(same, tf.float32), rows, shape[0] * shape[1])
    return tf.reshape(tf.maximum(found, 0.0), shape)


def avoided_continuations(newest: tf.Tensor, avoided: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Tokens that would continue the newest one as one of the sentences to avoid does.

    Args:
        newest: int ``[B, W]``, BOS for the first step.
        avoided: int ``[B, A, S]``, sentences closed by EOS, padded with 0.

    Returns:
        Tokens ``[B, 1, A*S]`` and which of them, bool ``[B, W, A*S]``.
    """
    previous = tf.pad(avoided, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
    flat = [tf.shape(avoided)[0], 1, -1]
    previous, tokens = tf.reshape(previous, flat), tf.reshape(avoided, flat)
    return tokens, (previous == newest[..., None]) & (tokens > EOS_ID)


def top_k(
    scores: tf.Tensor, count: int, bias: np.ndarray | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """``tf.math.top_k`` over the last axis in two stages, which sorts far fewer values.

    Args:
        scores: float32 ``[B, W, vocabulary]``, the vocabulary static.
        bias: float32 ``[vocabulary]``, added first: from :func:`suppressed_token_bias`.

    Returns:
        The largest values ``[B, W, count]`` and their tokens, int32.
    """
    vocabulary = scores.shape[-1]
    bias = np.zeros(vocabulary, np.float32) if bias is None else bias
    chunks = vocabulary // CHUNK
    if vocabulary % CHUNK or chunks < 2 * count:
        return tf.math.top_k(scores + bias, min(count, vocabulary))
    shape = tf.shape(scores)
    parts = tf.reshape(scores, [-1, chunks, CHUNK])
    bias = bias.reshape(chunks, CHUNK)
    maxima = tf.reduce_max(parts, axis=2) + bias.max(axis=1)
    # In a chunk that is suppressed only in part, the maximum may be a suppressed token: such a
    # chunk may take the place of a better one, so as many more chunks are taken.
    mixed = int((bias.min(axis=1) < bias.max(axis=1)).sum())
    _, best = tf.math.top_k(maxima, count + mixed, sorted=False)
    parts = tf.gather(parts, best, batch_dims=1)
    if mixed:
        parts += tf.gather(bias, best)
    values, places = tf.math.top_k(tf.reshape(parts, [-1, (count + mixed) * CHUNK]), count)
    tokens = tf.gather(best, places // CHUNK, batch_dims=1) * CHUNK + places % CHUNK
    shape = [shape[0], shape[1], count]
    return tf.reshape(values, shape), tf.reshape(tokens, shape)


def _index(tokens: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Row, beam and token of each place, int32 ``[n, 3]``."""
    places = tf.cast(tf.where(where), tf.int32)
    chosen = tf.gather_nd(tf.broadcast_to(tokens, tf.shape(where)), places)
    return tf.concat([places[:, :2], chosen[:, None]], axis=1)


def _flat_places(
    scores: tf.Tensor, tokens: tf.Tensor, where: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Flattened scores, and the indices of some tokens in them, int32 ``[n]``."""
    index, shape = _index(tokens, where), tf.shape(scores)
    places = (index[:, 0] * shape[1] + index[:, 1]) * shape[2] + index[:, 2]
    return tf.reshape(scores, [-1]), places
