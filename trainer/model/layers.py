"""The parts every Transformer layer here is built of; Keras only, any backend.

Pre-normalisation (Xiong et al. 2020), root-mean-square normalisation (Zhang and Sennrich
2019), rotary positions (Su et al. 2021) and gated feed-forward layers (Shazeer 2020).
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

Tensor = Any
ROTARY_BASE = 10000.0
UNSEEN = -1e9  # score of a key that a query must not see


def rotate(x: Tensor, positions: Tensor) -> Tensor:
    """Turn each pair of channels by an angle that grows with its position.

    Args:
        x: ``[..., T, heads, channels]`` queries or keys.
        positions: ``[..., T]`` places in the text, any unit; only differences matter.
    """
    half = x.shape[-1] // 2
    speeds = ops.exp(ops.arange(half, dtype="float32") * (-math.log(ROTARY_BASE) / half))
    angles = ops.cast(positions, "float32")[..., None, None] * speeds
    cosine, sine = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
    first, second = ops.split(x, 2, axis=-1)
    return ops.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine], axis=-1
    )


class Attention(keras.layers.Layer):
    """Multi-head attention (Vaswani et al. 2017) whose steps can be taken one at a time.

    Decoding computes keys and values once and queries many times, so projecting and attending
    are separate methods. A query that sees nothing gets zeros: each softmax has one more,
    empty, slot to attend to ("off by one"), because the first sentences of a work have neither
    context nor memory.
    """

    def __init__(self, width: int, heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width, self.heads = width, heads
        self.query = keras.layers.Dense(width, use_bias=False, name="query")
        self.key = keras.layers.Dense(width, use_bias=False, name="key")
        self.value = keras.layers.Dense(width, use_bias=False, name="value")
        self.out = keras.layers.Dense(width, use_bias=False, name="out")

    def build(self, input_shape: Any) -> None:
        """Make the weights; any input shape will do."""
        for layer in (self.query, self.key, self.value, self.out):
            layer.build((None, self.width))
        super().build(input_shape)

    def queries(self, x: Tensor, positions: Tensor) -> Tensor:
        """``x [..., T, d]``, ``positions [..., T]`` → ``[..., T, heads, d/heads]``."""
        return rotate(self._split(self.query(x)), positions)

    def keys_values(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """``x [..., T, d]``, ``positions [..., T]`` → two of ``[..., T, heads, d/heads]``."""
        return rotate(self._split(self.key(x)), positions), self._split(self.value(x))

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Mix the values that each query may see.

        Args:
            queries: ``[*lead, *more, Q, heads, channels]``.
            keys, values: ``[*lead, T, heads, channels]``; what is common to ``more`` queries is
                stored once.
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
        scores = scores + ops.expand_dims(ops.where(mask, 0.0, UNSEEN), lead)
        # exp(score) / (1 + sum of exp(score)), with the largest taken out for safety; divided
        # after mixing, when there are channels to divide and no longer keys
        top = ops.maximum(ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True)), 0.0)
        weights = ops.exp(scores - top)
        total = ops.exp(-top) + ops.sum(weights, axis=-1, keepdims=True)
        mixed = ops.einsum("...hqk,...khc->...qhc", ops.cast(weights, values.dtype), values)
        mixed = mixed * ops.cast(1.0 / ops.swapaxes(total, -3, -2), mixed.dtype)
        return self.out(ops.reshape(mixed, (*ops.shape(queries)[:-2], self.width)))

    def _split(self, x: Tensor) -> Tensor:
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
        """Make the weights; any input shape will do."""
        self.gate.build((None, self.width))
        self.up.build((None, self.width))
        self.down.build((None, self.inner))
        super().build(input_shape)

    def call(self, x: Tensor) -> Tensor:
        """Shapes as in the class docstring."""
        return self.down(self.gate(x) * self.up(x))


def norm(name: str) -> keras.layers.Layer:
    """Root-mean-square normalisation over the last axis."""
    return keras.layers.RMSNormalization(epsilon=1e-6, name=name)
