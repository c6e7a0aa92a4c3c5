"""The pointer at inference: words of the story that a beam may copy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoding.network.kernels import frozen_variable, scatter_in_place
from trainer.model.layers import NEG_INF
from trainer.model.pointer import CHANNELS
from trainer.model.story_model import StoryModel

TINY = 1e-30  # least probability, so that its logarithm is finite


class CopySource(NamedTuple):
    """The tokens of a story, oldest first, as keys for copying.

    Attributes:
        keys: float32 ``[B, T, channels]``.
        bias: float32 ``[B, 1, T]``, the penalty for distance; ``NEG_INF`` for padding.
        ids: int32 ``[B, T]``.
        previous, second_previous: int32 ``[B, T]``, the one and two tokens before each (see
            :func:`second_previous`).
        distinct: int32 ``[B*T]``, index of each token into the next two.
        distinct_rows, distinct_ids: int32 ``[n]``, story and id of each distinct token of a story.
    """

    keys: tf.Tensor
    bias: tf.Tensor
    ids: tf.Tensor
    previous: tf.Tensor
    second_previous: tf.Tensor
    distinct: tf.Tensor
    distinct_rows: tf.Tensor
    distinct_ids: tf.Tensor

    @classmethod
    def from_tokens(
        cls,
        keys: tf.Tensor,
        bias: tf.Tensor,
        ids: tf.Tensor,
        previous: tf.Tensor,
        second_previous: tf.Tensor,
    ) -> CopySource:
        """Find the distinct tokens of each story; arguments as the attributes."""
        base = tf.constant(2**31, tf.int64)  # packs story and token into one number
        row = tf.range(tf.shape(ids, out_type=tf.int64)[0])[:, None]
        packed, distinct = tf.unique(tf.reshape(row * base + tf.cast(ids, tf.int64), [-1]))
        rows, tokens = (tf.cast(part, tf.int32) for part in (packed // base, packed % base))
        return cls(keys, bias, ids, previous, second_previous, distinct, rows, tokens)

    def gather(self, stories: tf.Tensor) -> CopySource:
        """Select stories of the batch, int ``[n]``."""
        return CopySource.from_tokens(*(tf.gather(part, stories) for part in self[:5]))


class NextTokenLogits(NamedTuple):
    """Logits of the next token, not normalised: most of a step only compares them.

    Attributes:
        logits: float32 ``[B, W, vocabulary]``; may be overwritten (``constraints.mask_tokens``).
        shift: float32 ``[B, W, 1]``, to be added to get log-probabilities.
    """

    logits: tf.Tensor
    shift: tf.Tensor

    @property
    def log_probs(self) -> tf.Tensor:
        """float32 ``[B, W, vocabulary]``; costs a pass over the whole vocabulary."""
        return self.logits + self.shift


class InferencePointer(tf.Module):
    """Computes what ``trainer.model.pointer`` computes, for every token of the vocabulary."""

    def __init__(self, model: StoryModel):
        super().__init__()
        pointer, scale = model.pointer, np.asarray(model.out_norm.scale)[:, None]
        self.vocabulary = model.config.vocabulary
        query = np.asarray(pointer.query.kernel) * CHANNELS**-0.5
        sentinel_query = np.concatenate([np.asarray(pointer.sentinel.kernel), query], axis=1)
        self.sentinel_query = frozen_variable(scale * sentinel_query)
        self.sentinel_bias = float(np.asarray(pointer.sentinel.bias)[0])
        self.key = frozen_variable(np.asarray(pointer.key.kernel))
        self.feature_weights = [float(weight) for weight in np.asarray(pointer.feature_weights)]

    def project_source(
        self,
        states: tf.Tensor,
        ids: tf.Tensor,
        previous: tf.Tensor,
        second_previous: tf.Tensor,
        sentences_ago: tf.Tensor,
    ) -> CopySource:
        """Project the tokens of a story to keys.

        Args:
            states: ``[B, T, d]``, the encoder's state of the token before each; zeros for a
                sentence's first token.
            ids, previous, second_previous: as in :class:`CopySource`.
            sentences_ago: int32 ``[B, T]``; 0 for padding.
        """
        shape = tf.shape(states)
        keys = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key)
        keys = tf.reshape(keys, [shape[0], shape[1], CHANNELS])
        distance = tf.math.log(tf.maximum(tf.cast(sentences_ago, tf.float32), 1.0))
        penalty = -self.feature_weights[2] * distance
        bias = tf.where(sentences_ago > 0, penalty, NEG_INF)[:, None]
        return CopySource.from_tokens(keys, bias, ids, previous, second_previous)

    def __call__(
        self,
        h: tf.Tensor,
        logits: list[tf.Tensor],
        source: CopySource,
        newest: tf.Tensor,
        previous: tf.Tensor,
    ) -> NextTokenLogits:
        """Mix the vocabulary's distribution with that of copying.

        Args:
            h: ``[B*W, d]``, the decoder's normalised states.
            logits: shards of ``[B*W, vocabulary]``, split by columns.
            newest, previous: int32 ``[B, W]``, the last token and the one before it.
        """
        known = newest.shape[1]
        batch, width = (-1, known) if known else tf.unstack(tf.shape(newest))
        projected = tf.matmul(h, self.sentinel_query)
        projected = tf.reshape(projected, [batch, width, 1 + CHANNELS])
        sentinel, queries = tf.split(projected, [1, CHANNELS], axis=2)
        scores = tf.matmul(queries, source.keys, transpose_b=True) + source.bias
        one, two = self.feature_weights[0], self.feature_weights[0] + self.feature_weights[1]
        both = previous[:, :, None] == source.second_previous[:, None]
        weights = tf.where(both, two, one)
        scores += tf.where(newest[:, :, None] == source.previous[:, None], weights, 0.0)
        probs = tf.nn.softmax(tf.concat([sentinel + self.sentinel_bias, scores], axis=2))
        not_copied, copied = tf.split(probs, [1, tf.shape(scores)[2]], axis=2)

        sums = [tf.reduce_logsumexp(part, axis=1, keepdims=True) for part in logits]
        total = tf.reduce_logsumexp(tf.concat(sums, axis=1), axis=1, keepdims=True)
        shift = tf.math.log(tf.reshape(tf.maximum(not_copied, TINY), [-1, 1])) - total
        # Copying adds only to the story's own tokens, which are far fewer than the vocabulary.
        copied = tf.transpose(copied, [0, 2, 1])
        copied = tf.reshape(copied, [tf.shape(source.distinct)[0], width])
        count = tf.shape(source.distinct_ids)[0]
        copied = tf.math.unsorted_segment_sum(copied, source.distinct, count)
        rows = (source.distinct_rows * width)[:, None] + tf.range(width)
        places = rows * self.vocabulary + source.distinct_ids[:, None]
        flat = tf.reshape(tf.concat(logits, axis=1), [-1])
        shifts = tf.gather(shift[:, 0], rows)
        mixed = tf.exp(tf.gather(flat, places) + shifts) + tf.maximum(copied, TINY)
        mixed = tf.reshape(tf.math.log(mixed) - shifts, [-1])
        flat = scatter_in_place(flat, tf.reshape(places, [-1]), mixed)
        return NextTokenLogits(
            tf.reshape(flat, [batch, width, self.vocabulary]), tf.reshape(shift, [batch, width, 1])
        )


def second_previous(previous: tf.Tensor) -> tf.Tensor:
    """The token two before each place, from the one before it: int32 ``[..., Q]`` each.

    A sentence's first token has BOS as the one before it; it and the second token have none (0)
    two before.
    """
    inside = previous[..., 1:-1]
    lead = [[0, 0]] * (len(previous.shape) - 1)
    return tf.pad(inside, [*lead, [2, 0]])[..., : tf.shape(previous)[-1]]
