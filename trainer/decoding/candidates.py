"""From raw hypotheses to the candidates of an answer."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

CANDIDATES = 10  # K


class Candidates(NamedTuple):
    """An answer of ``suggest`` or ``sample``, best first.

    Attributes:
        candidates: string ``[B, K]``.
        log_probs: float32 ``[B, K]``, as ``score`` gives them for the same text.
        token_counts: int32 ``[B, K]``, ends included.
        embeddings: float32 ``[B, K, d]``, unit length.
    """

    candidates: tf.Tensor
    log_probs: tf.Tensor
    token_counts: tf.Tensor
    embeddings: tf.Tensor


def choose(texts: tf.Tensor, priority: tf.Tensor, avoided: tf.RaggedTensor) -> tf.Tensor:
    """Choose K of more texts: first those that are new, then by priority.

    Args:
        texts: string ``[B, H]``.
        priority: float32 ``[B, H]``, small is good.
        avoided: string ``[B, (n)]``, texts that count as not new.

    Returns:
        string ``[B, K]``. A text stands twice only where there are fewer than K different.
    """
    with tf.device("/CPU:0"):
        order = tf.argsort(priority, stable=True)
        texts = tf.gather(texts, order, batch_dims=1)
        same = tf.equal(texts[:, :, None], texts[:, None, :])
        earlier = tf.linalg.band_part(tf.ones_like(same, tf.int32), -1, 0) - tf.eye(
            tf.shape(texts)[1], dtype=tf.int32
        )
        spoilt = tf.reduce_any(same & (earlier > 0), axis=2) | tf.equal(texts, "")
        old = tf.equal(texts[:, :, None], avoided.to_tensor(default_value="")[:, None, :])
        spoilt |= tf.reduce_any(old, axis=2)
        order = tf.argsort(tf.cast(spoilt, tf.int32), stable=True)[:, :CANDIDATES]
        return tf.gather(texts, order, batch_dims=1)


def best_first(answer: Candidates) -> Candidates:
    """Order by log-probability a token; what stands twice comes last."""
    texts = answer.candidates
    with tf.device("/CPU:0"):
        same = tf.cast(tf.equal(texts[:, :, None], texts[:, None, :]), tf.int32)
        twice = tf.reduce_sum(tf.linalg.band_part(same, -1, 0), axis=2) > 1
    mean = answer.log_probs / tf.cast(answer.token_counts, tf.float32)
    order = tf.argsort(tf.where(twice, 1e6, -mean), stable=True)
    return Candidates(*(tf.gather(part, order, batch_dims=1) for part in answer))
