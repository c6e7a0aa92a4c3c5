"""Weights and arithmetic shared by the inference encoder, decoder and pointer.

They compute what :mod:`trainer.model` computes, with weights laid out for inference: kernels that
take the same input are concatenated into one matrix, and a norm's scale and an attention's
``1/sqrt(channels)`` are folded into the kernel that follows. A matrix product for ten beams is
too small to be shared by two threads, while two products run in parallel, so everything large
is split in two: an attention into two *branches* with half of its heads each, a large matrix
into two shards.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from trainer.model.layers import NORM_EPSILON, ROTARY_BASE, Attention, FeedForward

SHARDED_FROM = 2**17  # weights; measured


class RotaryAngles(NamedTuple):
    """Cosines and signed sines, float32, that broadcast to ``[..., channels]``."""

    cosine: tf.Tensor
    sine: tf.Tensor


class Projections(NamedTuple):
    """The kernels of an attention layer.

    Attributes:
        query, key, value: ``[d, heads*channels]``; ``1/sqrt(channels)`` and the scale of the
            preceding norm are folded into the query's.
        out: ``[heads*channels, d]``.
    """

    heads: int
    channels: int
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    out: np.ndarray

    @classmethod
    def from_layer(cls, attention: Attention, norm: keras.layers.Layer) -> Projections:
        """Take the kernels of a trained layer and fold in the norm before it."""
        channels = attention.width // attention.heads
        query = np.asarray(norm.scale)[:, None] * np.asarray(attention.query.kernel)
        rest = (attention.key, attention.value, attention.out)
        return cls(
            attention.heads,
            channels,
            query / math.sqrt(channels),
            *(np.asarray(layer.kernel) for layer in rest),
        )

    def branches(self) -> list[Projections]:
        """Two halves of the heads, whose outputs add up; one if the number of heads is odd."""
        if self.heads % 2:
            return [self]
        inner = (np.split(kernel, 2, axis=1) for kernel in (self.query, self.key, self.value))
        parts = zip(*inner, np.split(self.out, 2, axis=0), strict=True)
        return [Projections(self.heads // 2, self.channels, *part) for part in parts]


class ShardedDense(tf.Module):
    """``x @ kernel``; a large kernel ``[inputs, outputs]`` is split into two shards by columns."""

    def __init__(self, kernel: np.ndarray):
        super().__init__()
        count = 2 if kernel.size >= SHARDED_FROM else 1
        self.kernels = [frozen_variable(part) for part in np.array_split(kernel, count, axis=1)]

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """``[n, inputs]`` → ``[n, outputs]``."""
        shards = self.shards(x)
        return tf.concat(shards, axis=1) if len(shards) > 1 else shards[0]

    def shards(self, x: tf.Tensor) -> list[tf.Tensor]:
        """The output in its one or two parts, not concatenated."""
        return [tf.matmul(x, kernel) for kernel in self.kernels]


class InferenceFeedForward(tf.Module):
    """A gated feed-forward layer with the norm before it."""

    def __init__(self, layer: FeedForward, norm: keras.layers.Layer):
        super().__init__()
        scale = np.asarray(norm.scale)[:, None]
        # Two products and not one: each thread has one, and nothing need be split afterwards.
        self.gate = frozen_variable(scale * np.asarray(layer.gate.kernel))
        self.up = frozen_variable(scale * np.asarray(layer.up.kernel))
        self.down = ShardedDense(np.asarray(layer.down.kernel))

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """``[n, d]`` → ``[n, d]``, the residual included."""
        h = rms_norm(x)
        gate, up = tf.matmul(h, self.gate), tf.matmul(h, self.up)
        return x + self.down(gate * tf.sigmoid(gate) * up)


def rms_norm(x: tf.Tensor) -> tf.Tensor:
    """Root-mean-square normalisation without its scale, which the next kernel includes."""
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=-1, keepdims=True) + NORM_EPSILON)


def rotary_angles(positions: tf.Tensor, channels: int) -> RotaryAngles:
    """Angles of ``trainer.model.layers.apply_rotary``: int ``[...]`` → ``[..., channels]``."""
    half = channels // 2
    frequencies = np.exp(np.arange(half) * (-math.log(ROTARY_BASE) / half)).astype(np.float32)
    angles = tf.cast(positions, tf.float32)[..., None] * np.tile(frequencies, 2)
    sign = np.repeat(np.array([-1, 1], np.float32), half)
    return RotaryAngles(tf.cos(angles), tf.sin(angles) * sign)


def apply_rotary(x: tf.Tensor, angles: RotaryAngles) -> tf.Tensor:
    """Rotate ``[..., channels]`` by angles that broadcast to it."""
    first, second = tf.split(x, 2, axis=-1)
    return x * angles.cosine + tf.concat([second, first], -1) * angles.sine


def scatter_in_place(x: tf.Tensor, rows: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Overwrite some rows of ``[n, …]`` in the tensor's own memory.

    Nothing may read those rows of ``x`` afterwards. ``tf.tensor_scatter_nd_update`` is safe
    but copies the whole tensor.
    """
    written = tf.raw_ops.InplaceUpdate(x=x, i=rows, v=values)
    written.set_shape(x.shape)
    return written


def frozen_variable(kernel: np.ndarray) -> tf.Variable:
    """A float32 weight that is exported and not trained."""
    return tf.Variable(kernel.astype(np.float32), trainable=False)
