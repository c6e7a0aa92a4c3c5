"""Weights and arithmetic that the fused encoder and decoder share.

Decoding computes what :mod:`trainer.model.encoder` and :mod:`trainer.model.decoder` compute, with
the weights laid out for it: kernels that take the same input stand side by side in one matrix, a
normalisation's scale and an attention's ``1/sqrt(channels)`` are multiplied into the kernel that
follows. Products for ten beams are too small for two threads to share one; two threads with a
product each are faster, so there are two of everything that is large.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from trainer.model.layers import NORM_EPSILON, ROTARY_BASE, Attention, FeedForward

NEVER = -1e9

WORTH_HALVING = 2**17  # weights; measured


class Turn(NamedTuple):
    """Cosines and sines of rotary positions, float32, ready to multiply ``[..., channels]``."""

    cosine: tf.Tensor
    sine: tf.Tensor


class Projections(NamedTuple):
    """An attention layer's kernels.

    Attributes:
        query, key, value: ``[d, heads*channels]``; the query scaled by the norm before it and by
            ``1/sqrt(channels)``.
        out: ``[heads*channels, d]``.
    """

    heads: int
    channels: int
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    out: np.ndarray

    @classmethod
    def of(cls, attention: Attention, norm: keras.layers.Layer) -> Projections:
        """Those of a trained layer."""
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
        """Half of the heads each, if they can be halved; what they mix adds up."""
        if self.heads % 2:
            return [self]
        inner = (np.split(kernel, 2, axis=1) for kernel in (self.query, self.key, self.value))
        parts = zip(*inner, np.split(self.out, 2, axis=0), strict=True)
        return [Projections(self.heads // 2, self.channels, *part) for part in parts]


class Product(tf.Module):
    """``x @ kernel``, a matrix ``[inputs, outputs]``, in two halves where that pays."""

    def __init__(self, kernel: np.ndarray):
        super().__init__()
        halves = 2 if kernel.size >= WORTH_HALVING else 1
        self.parts = [variable(part) for part in np.array_split(kernel, halves, axis=1)]

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """``[n, inputs]`` → ``[n, outputs]``."""
        halves = self.halves(x)
        return tf.concat(halves, axis=1) if len(halves) > 1 else halves[0]

    def halves(self, x: tf.Tensor) -> list[tf.Tensor]:
        """The same, not yet put together."""
        return [tf.matmul(x, part) for part in self.parts]


class Feed(tf.Module):
    """A gated feed-forward layer with its norm before it."""

    def __init__(self, feed: FeedForward, norm: keras.layers.Layer):
        super().__init__()
        scale = np.asarray(norm.scale)[:, None]
        # Each a product of its own: so two threads have one each, and nothing is split after.
        self.gate = variable(scale * np.asarray(feed.gate.kernel))
        self.up = variable(scale * np.asarray(feed.up.kernel))
        self.down = Product(np.asarray(feed.down.kernel))

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """``[n, d]`` → ``[n, d]``, the residual included."""
        h = normalised(x)
        gate, up = tf.matmul(h, self.gate), tf.matmul(h, self.up)
        return x + self.down(gate * tf.sigmoid(gate) * up)


def normalised(x: tf.Tensor) -> tf.Tensor:
    """Root-mean-square normalisation without its scale."""
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=-1, keepdims=True) + NORM_EPSILON)


def turn(positions: tf.Tensor, channels: int) -> Turn:
    """Rotary angles (as ``layers.apply_rotary``): int ``[...]`` → two of ``[..., channels]``."""
    half = channels // 2
    speeds = np.exp(np.arange(half) * (-math.log(ROTARY_BASE) / half)).astype(np.float32)
    angles = tf.cast(positions, tf.float32)[..., None] * np.tile(speeds, 2)
    sign = np.repeat(np.array([-1, 1], np.float32), half)
    return Turn(tf.cos(angles), tf.sin(angles) * sign)


def turned(x: tf.Tensor, by: Turn) -> tf.Tensor:
    """Rotate ``[..., channels]`` by angles that broadcast to it."""
    first, second = tf.split(x, 2, axis=-1)
    return x * by.cosine + tf.concat([second, first], -1) * by.sine


def replaced(x: tf.Tensor, rows: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Write some rows of ``[n, …]`` in its own memory: no one may read them of ``x`` after.

    ``tf.tensor_scatter_nd_update`` would copy all of it, where few rows change.
    """
    written = tf.raw_ops.InplaceUpdate(x=x, i=rows, v=values)
    written.set_shape(x.shape)
    return written


def variable(kernel: np.ndarray) -> tf.Variable:
    """A weight that is exported as float32."""
    return tf.Variable(kernel.astype(np.float32), trainable=False)
