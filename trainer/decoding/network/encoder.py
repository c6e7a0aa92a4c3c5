"""The sentence encoder as decoding runs it: no arithmetic is spent on padding."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from trainer.decoding.network.kernels import (
    NEVER,
    Feed,
    Projections,
    Turn,
    normalised,
    turn,
    turned,
    variable,
)
from trainer.model.story_model import StoryModel


class FusedEncoder(tf.Module):
    """Computes what ``StoryModel.encode`` and ``SentenceEncoder.pool`` compute.

    Sentences differ much in length, so all but attention works on the real tokens of all
    sentences in one flat row; attention alone sees them padded.
    """

    def __init__(self, model: StoryModel):
        super().__init__()
        self.width = model.config.width
        self.channels = model.config.width // model.config.heads
        self.embedding = model.embedding.value
        self.scale = tf.constant(np.asarray(model.encoder.out_norm.scale))
        self.layers = [
            _Layer(
                Projections.of(layer.self_attention, layer.self_attention_norm),
                Feed(layer.feed_forward, layer.feed_forward_norm),
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
            States of all real tokens, one sentence after the other, and one row more that means
            nothing, ``[tokens + 1, d]``; the sentences' vectors ``[n, d]``, zeros where there is
            no sentence.
        """
        layout = _Layout(tf.sequence_mask(lengths, tf.shape(ids)[1]))
        x = tf.gather(self.embedding, tf.gather(tf.reshape(ids, [-1]), layout.flat))
        x *= math.sqrt(self.width)
        by = turn(layout.column, self.channels)
        by = Turn(by.cosine[:, None, None], by.sine[:, None, None])
        for layer in self.layers:
            x = layer(x, layout, by)
        x = normalised(x) * self.scale
        count = tf.shape(ids)[0]
        sums = tf.math.unsorted_segment_sum(x, layout.sentence, count + 1)[:count]
        return x, sums / tf.maximum(tf.cast(lengths, tf.float32), 1.0)[:, None]


class _Layout:
    """Where the tokens of a flat row stand when sentences are padded.

    The flat row ends with one token that belongs to no sentence, so that it is never empty.

    Attributes:
        padded: int32 ``[n, S]``, place in the flat row (0 where there is no token).
        flat: int32 ``[tokens + 1]``, place in the padded sentences, counted over all.
        sentence, column: int32 ``[tokens + 1]``.
        bias: float32 ``[n, 1, 1, S]``, 0 or ``NEVER``.
    """

    def __init__(self, real: tf.Tensor):
        shape = tf.shape(real)
        places = tf.pad(tf.cast(tf.where(real), tf.int32), [[0, 1], [0, 0]])
        counted = tf.cumsum(tf.reshape(tf.cast(real, tf.int32), [-1])) - 1
        self.padded = tf.maximum(tf.reshape(counted, shape), 0)
        self.flat = places[:, 0] * shape[1] + places[:, 1]
        self.sentence = tf.concat([places[:-1, 0], shape[:1]], axis=0)
        self.column = places[:, 1]
        self.bias = tf.where(real, 0.0, NEVER)[:, None, None, :]


class _Layer(tf.Module):
    def __init__(self, attention: Projections, feed: Feed, scale: np.ndarray):
        super().__init__()
        rows = scale[:, None]
        branches = attention.branches()
        self.heads, self.channels = branches[0].heads, attention.channels
        self.inner = [
            variable(np.concatenate([part.query, rows * part.key, rows * part.value], axis=1))
            for part in branches
        ]
        self.out = [variable(part.out) for part in branches]
        self.feed = feed

    def __call__(self, x: tf.Tensor, layout: _Layout, by: Turn) -> tf.Tensor:
        h = normalised(x)
        parts = [x]
        for inner, out in zip(self.inner, self.out, strict=True):
            parts.append(tf.matmul(self._attend(tf.matmul(h, inner), by, layout), out))
        return self.feed(tf.add_n(parts))

    def _attend(self, joined: tf.Tensor, by: Turn, layout: _Layout) -> tf.Tensor:
        """``[tokens, 3*heads*channels]`` (query, key, value) → ``[tokens, heads*channels]``."""
        joined = tf.reshape(joined, [-1, 3, self.heads, self.channels])
        joined = tf.concat([turned(joined[:, :2], by), joined[:, 2:]], axis=1)
        padded = tf.transpose(tf.gather(joined, layout.padded), [2, 0, 3, 1, 4])
        queries, keys, values = tf.unstack(padded)  # [n, heads, S, channels]
        scores = tf.matmul(queries, keys, transpose_b=True) + layout.bias
        # A slot to look at nothing (see trainer.model.layers.Attention).
        weights = tf.nn.softmax(tf.pad(scores, [[0, 0], [0, 0], [0, 0], [1, 0]]))[..., 1:]
        mixed = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
        mixed = tf.reshape(mixed, [-1, self.heads * self.channels])
        return tf.gather(mixed, layout.flat)
