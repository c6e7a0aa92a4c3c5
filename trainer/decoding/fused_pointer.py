"""The pointer as decoding runs it: words of the story that a beam may copy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoding.fused import NEVER, side_by_side
from trainer.model import StoryModel
from trainer.pointer import CHANNELS

LEAST = 1e-30  # probability; its logarithm is finite


class Words(NamedTuple):
    """The tokens of a story, oldest first.

    Attributes:
        keys: float32 ``[B, channels, T]``.
        bias: float32 ``[B, 1, T]``, what its age is worth; ``NEVER`` where there is no token.
        ids: int32 ``[B, T]``.
        first, second: int32 ``[B, T]``, the tokens before it (see :func:`before`).
    """

    keys: tf.Tensor
    bias: tf.Tensor
    ids: tf.Tensor
    first: tf.Tensor
    second: tf.Tensor


class FusedPointer(tf.Module):
    """Computes what ``trainer.pointer`` computes, for every token of the vocabulary."""

    def __init__(self, model: StoryModel):
        super().__init__()
        pointer, scale = model.pointer, np.asarray(model.out_norm.scale)[:, None]
        self.vocabulary = model.config.vocabulary
        self.asked = side_by_side(
            scale * np.asarray(pointer.query.kernel) * CHANNELS**-0.5,
            scale * np.asarray(pointer.nowhere.kernel),
        )
        self.nowhere = float(np.asarray(pointer.nowhere.bias)[0])
        self.key = side_by_side(np.asarray(pointer.key.kernel))
        self.worth = [float(worth) for worth in np.asarray(pointer.worth)]

    def see(
        self,
        states: tf.Tensor,
        ids: tf.Tensor,
        first: tf.Tensor,
        second: tf.Tensor,
        ago: tf.Tensor,
    ) -> Words:
        """Project what there is to copy.

        Args:
            states: ``[B, T, d]``, the encoder's state of the token before each; zeros where a
                sentence begins.
            ids, first, second: as in :class:`Words`.
            ago: int32 ``[B, T]``, how many sentences ago each was; 0 where there is none.
        """
        shape = tf.shape(states)
        keys = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key)
        keys = tf.transpose(tf.reshape(keys, [shape[0], shape[1], CHANNELS]), [0, 2, 1])
        age = tf.math.log(tf.maximum(tf.cast(ago, tf.float32), 1.0))
        bias = tf.where(ago > 0, -self.worth[2] * age, NEVER)[:, None]
        return Words(keys, bias, ids, first, second)

    def __call__(
        self, h: tf.Tensor, logits: tf.Tensor, words: Words, first: tf.Tensor, second: tf.Tensor
    ) -> tf.Tensor:
        """Log-probabilities, copies counted in.

        Args:
            h: ``[B*W, d]``, the decoder's states, normalised.
            logits: ``[B*W, vocabulary]``.
            first, second: int32 ``[B, W]``, the tokens before.

        Returns:
            ``[B, W, vocabulary]``.
        """
        batch, width = tf.unstack(tf.shape(first))
        asked = tf.reshape(tf.matmul(h, self.asked), [batch, width, CHANNELS + 1])
        queries, nowhere = tf.split(asked, [CHANNELS, 1], axis=2)
        same = first[:, :, None] == words.first[:, None]
        both = same & (second[:, :, None] == words.second[:, None])
        scores = tf.matmul(queries, words.keys) + words.bias
        scores += self.worth[0] * tf.cast(same, tf.float32)
        scores += self.worth[1] * tf.cast(both, tf.float32)
        shares = tf.nn.softmax(tf.concat([nowhere + self.nowhere, scores], axis=2))

        told = batch * tf.shape(words.ids)[1]
        each = tf.reshape(tf.transpose(shares[:, :, 1:], [0, 2, 1]), [told, width])
        places = words.ids + self.vocabulary * tf.range(batch)[:, None]
        size = batch * self.vocabulary
        copied = tf.math.unsorted_segment_sum(each, tf.reshape(places, [told]), size)
        copied = tf.reshape(copied, [batch, self.vocabulary, width])
        own = tf.reshape(tf.nn.softmax(logits), [batch, width, self.vocabulary])
        likely = own * shares[:, :, :1] + tf.transpose(copied, [0, 2, 1])
        return tf.math.log(tf.maximum(likely, LEAST))


def before(tokens: tf.Tensor) -> tf.Tensor:
    """The second token before each place, from the first: int32 ``[..., Q]`` each.

    At a sentence's beginning the first is BOS, and there is no second (0) before BOS or before a
    sentence's first token.
    """
    inside = tokens[..., 1:-1]
    lead = [[0, 0]] * (len(tokens.shape) - 1)
    return tf.pad(inside, [*lead, [2, 0]])[..., : tf.shape(tokens)[-1]]
