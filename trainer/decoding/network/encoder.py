"""The sentence encoder at inference: no arithmetic is spent on padding."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from trainer.decoding.network.attention import softmax_with_null
from trainer.decoding.network.kernels import (
    InferenceFeedForward,
    Projections,
    RotaryAngles,
    apply_rotary,
    frozen_variable,
    rms_norm,
    rotary_angles,
)
from trainer.model.layers import NEG_INF
from trainer.model.story_model import StoryModel


class InferenceEncoder(tf.Module):
    """Computes what ``StoryModel.encode`` and ``SentenceEncoder.pool`` compute.

    Sentences differ much in length, so everything but attention works on one flat row of all
    real tokens; only attention sees sentences padded.
    """

    def __init__(self, model: StoryModel):
        super().__init__()
        self.width = model.config.width
        self.channels = model.config.width // model.config.heads
        self.embedding = model.embedding.value
        self.scale = tf.constant(np.asarray(model.encoder.out_norm.scale))
        self.layers = [
            _Layer(
                Projections.from_layer(layer.self_attention, layer.self_attention_norm),
                InferenceFeedForward(layer.feed_forward, layer.feed_forward_norm),
                np.asarray(layer.self_attention_norm.scale),
            )
            for layer in model.encoder.stack
        ]

    def __call__(self, ids: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Encode sentences, each on its own.

        Args:
            ids: int32 ``[n, S]``, closed by EOS.
            lengths: int32 ``[n]``; a row of length 0 is no sentence.

        Returns:
            States of all real tokens, sentence after sentence, and one meaningless last row,
            ``[tokens + 1, d]``; the sentences' vectors ``[n, d]``, zeros where there is no
            sentence.
        """
        layout = _Layout(tf.sequence_mask(lengths, tf.shape(ids)[1]))
        x = tf.gather(self.embedding, tf.gather(tf.reshape(ids, [-1]), layout.flat))
        x *= math.sqrt(self.width)
        angles = rotary_angles(layout.column, self.channels)
        angles = RotaryAngles(angles.cosine[:, None, None], angles.sine[:, None, None])
        for layer in self.layers:
            x = layer(x, layout, angles)
        x = rms_norm(x) * self.scale
        count = tf.shape(ids)[0]
        sums = tf.math.unsorted_segment_sum(x, layout.sentence, count + 1)[:count]
        return x, sums / tf.maximum(tf.cast(lengths, tf.float32), 1.0)[:, None]


class _Layout:
    """Maps the flat row of tokens to padded sentences and back.

    The flat row ends with one token that belongs to no sentence, so it is never empty.

    Attributes:
        padded: int32 ``[n, S]``, index into the flat row (0 for padding).
        flat: int32 ``[tokens + 1]``, index into the flattened padded sentences.
        sentence, column: int32 ``[tokens + 1]``, of each token.
        bias: float32 ``[n, 1, 1, S]``, 0 or ``NEG_INF``.

    Args:
        real: bool ``[n, S]``, False for padding.
    """

    def __init__(self, real: tf.Tensor):
        shape = tf.shape(real)
        places = tf.pad(tf.cast(tf.where(real), tf.int32), [[0, 1], [0, 0]])
        index = tf.cumsum(tf.reshape(tf.cast(real, tf.int32), [-1])) - 1
        self.padded = tf.maximum(tf.reshape(index, shape), 0)
        self.flat = places[:, 0] * shape[1] + places[:, 1]
        self.sentence = tf.concat([places[:-1, 0], shape[:1]], axis=0)
        self.column = places[:, 1]
        self.bias = tf.where(real, 0.0, NEG_INF)[:, None, None, :]


class _Layer(tf.Module):
    def __init__(
        self, attention: Projections, feed_forward: InferenceFeedForward, scale: np.ndarray
    ):
        super().__init__()
        rows = scale[:, None]
        branches = attention.branches()
        self.heads, self.channels = branches[0].heads, attention.channels
        self.inner = [
            frozen_variable(
                np.concatenate([part.query, rows * part.key, rows * part.value], axis=1)
            )
            for part in branches
        ]
        self.out = [frozen_variable(part.out) for part in branches]
        self.feed_forward = feed_forward

    def __call__(self, x: tf.Tensor, layout: _Layout, angles: RotaryAngles) -> tf.Tensor:
        h = rms_norm(x)
        parts = [x]
        for inner, out in zip(self.inner, self.out, strict=True):
            parts.append(tf.matmul(self._attend(tf.matmul(h, inner), angles, layout), out))
        return self.feed_forward(tf.add_n(parts))

    def _attend(self, projected: tf.Tensor, angles: RotaryAngles, layout: _Layout) -> tf.Tensor:
        """``[tokens, 3*heads*channels]`` (query, key, value) → ``[tokens, heads*channels]``."""
        projected = tf.reshape(projected, [-1, 3, self.heads, self.channels])
        rotated = apply_rotary(projected[:, :2], angles)
        projected = tf.concat([rotated, projected[:, 2:]], axis=1)
        padded = tf.transpose(tf.gather(projected, layout.padded), [2, 0, 3, 1, 4])
        queries, keys, values = tf.unstack(padded)  # [n, heads, S, channels]
        scores = tf.matmul(queries, keys, transpose_b=True) + layout.bias
        weights = softmax_with_null(scores)
        mixed = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
        mixed = tf.reshape(mixed, [-1, self.heads * self.channels])
        return tf.gather(mixed, layout.flat)
