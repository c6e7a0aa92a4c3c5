"""The building blocks of every Transformer layer here; Keras only, any backend.

Pre-normalisation (Xiong et al. 2020), root-mean-square normalisation (Zhang and Sennrich
2019), rotary position embeddings (Su et al. 2021) and gated feed-forward layers (Shazeer 2020).
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

Tensor = Any
ROTARY_BASE = 10000.0
NORM_EPSILON = 1e-6
NEG_INF = -1e9  # score of a masked key: finite, so that a fully masked row makes no NaN


def apply_rotary(x: Tensor, positions: Tensor) -> Tensor:
    """Rotate each pair of channels by an angle proportional to the position.

    Args:
        x: ``[..., T, heads, channels]`` queries or keys.
        positions: ``[..., T]`` in any unit; only differences matter.
    """
    half = x.shape[-1] // 2
    frequencies = ops.exp(ops.arange(half, dtype="float32") * (-math.log(ROTARY_BASE) / half))
    angles = ops.cast(positions, "float32")[..., None, None] * frequencies
    cosine, sine = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
    first, second = ops.split(x, 2, axis=-1)
    return ops.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine], axis=-1
    )


class Attention(keras.layers.Layer):
    """Multi-head attention (Vaswani et al. 2017) with projection and attention kept apart.

    The same keys and values serve many queries, so they are computed once. Each softmax has a
    null slot, so that a query can attend to nothing ("off by one"): the first sentences of a
    work have neither context nor memory. A query that sees no key gets zeros.
    """

    def __init__(self, width: int, heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width, self.heads = width, heads
        self.query = keras.layers.Dense(width, use_bias=False, name="query")
        self.key = keras.layers.Dense(width, use_bias=False, name="key")
        self.value = keras.layers.Dense(width, use_bias=False, name="value")
        self.out = keras.layers.Dense(width, use_bias=False, name="out")

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        for layer in (self.query, self.key, self.value, self.out):
            layer.build((None, self.width))
        super().build(input_shape)

    def queries(self, x: Tensor, positions: Tensor) -> Tensor:
        """``x [..., T, d]``, ``positions [..., T]`` → ``[..., T, heads, d/heads]``."""
        return apply_rotary(self._split_heads(self.query(x)), positions)

    def keys_values(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """``x [..., T, d]``, ``positions [..., T]`` → two of ``[..., T, heads, d/heads]``."""
        keys = apply_rotary(self._split_heads(self.key(x)), positions)
        return keys, self._split_heads(self.value(x))

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Scaled dot-product attention and the output projection.

        Args:
            queries: ``[*lead, *more, Q, heads, channels]``.
            keys, values: ``[*lead, T, heads, channels]``, shared by the queries of all ``more``
                axes.
            mask: bool ``[*lead, Q', T]``, True where query sees key; ``Q'`` counts all queries
                of a lead, or is 1.

        Returns:
            ``[*lead, *more, Q, d]``.
        """
        lead = len(keys.shape) - 3
        channels = queries.shape[-1]
        folded = ops.reshape(queries, (*ops.shape(keys)[:lead], -1, self.heads, channels))
        folded = folded * channels**-0.5
        scores = ops.cast(ops.einsum("...qhc,...khc->...hqk", folded, keys), "float32")
        scores = scores + ops.expand_dims(ops.where(mask, 0.0, NEG_INF), lead)
        # exp(score) / (1 + sum of exp(score)), with the maximum subtracted against overflow.
        # Divided after mixing: there are fewer channels to divide than keys.
        top = ops.maximum(ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True)), 0.0)
        weights = ops.exp(scores - top)
        total = ops.exp(-top) + ops.sum(weights, axis=-1, keepdims=True)
        mixed = ops.einsum("...hqk,...khc->...qhc", ops.cast(weights, values.dtype), values)
        mixed = mixed * ops.cast(1.0 / ops.swapaxes(total, -3, -2), mixed.dtype)
        return self.out(ops.reshape(mixed, (*ops.shape(queries)[:-2], self.width)))

    def _split_heads(self, x: Tensor) -> Tensor:
        return ops.reshape(x, (*ops.shape(x)[:-1], self.heads, self.width // self.heads))


class FeedForward(keras.layers.Layer):
    """Gated feed-forward layer (SwiGLU): ``[..., d]`` → ``[..., d]``."""

    def __init__(self, width: int, inner: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width, self.inner = width, inner
        self.gate = keras.layers.Dense(inner, use_bias=False, activation="silu", name="gate")
        self.up = keras.layers.Dense(inner, use_bias=False, name="up")
        self.down = keras.layers.Dense(width, use_bias=False, name="down")

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        self.gate.build((None, self.width))
        self.up.build((None, self.width))
        self.down.build((None, self.inner))
        super().build(input_shape)

    def call(self, x: Tensor) -> Tensor:
        """Shapes as in the class docstring."""
        return self.down(self.gate(x) * self.up(x))


def norm(name: str) -> keras.layers.Layer:
    """Root-mean-square normalisation over the last axis."""
    return keras.layers.RMSNormalization(epsilon=NORM_EPSILON, name=name)
