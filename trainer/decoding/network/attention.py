"""The decoder's three attentions at inference: to its own prefix, the context and the memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from trainer.decoding.network.cache import KeyValueCache, StepView
from trainer.decoding.network.kernels import (
    Projections,
    RotaryAngles,
    apply_rotary,
    frozen_variable,
    rms_norm,
)

Shape = Sequence[tf.Tensor | int]


class SelfAttention(tf.Module):
    """One branch of the attention to the sentence's own prefix."""

    def __init__(self, kernels: Projections, scale: np.ndarray):
        super().__init__()
        rows = scale[:, None]
        self.heads, self.channels = kernels.heads, kernels.channels
        inner = (kernels.query, rows * kernels.key, rows * kernels.value)
        self.inner = frozen_variable(np.concatenate(inner, axis=1))
        self.out = frozen_variable(kernels.out)

    def step(
        self, h: tf.Tensor, angles: RotaryAngles, view: StepView, cache: KeyValueCache
    ) -> tuple[tf.Tensor, KeyValueCache]:
        """One token of each beam: ``[B*W, d]`` → ``[B*W, d]``, and the extended cache."""
        query, key, value = self._project(h, [-1, view.width], angles)
        cache = KeyValueCache(view.write(cache.keys, key), view.write(cache.values, value))
        return tf.matmul(view.attend(query, cache), self.out), cache

    def forward(
        self, h: tf.Tensor, rows: Shape, sentences: Shape, angles: RotaryAngles, causal: tf.Tensor
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        """Whole sentences: ``[B*K*Q, d]`` → ``[B*K*Q, d]``, and their keys and values.

        Args:
            rows: ``B, K*Q``.
            sentences: ``B*K, Q``.
            causal: float32 ``[Q, Q]``, 0 or ``NEG_INF``.

        Returns:
            The output, and keys and values ``[B*K, heads, Q, channels]``.
        """
        split = [*sentences, self.heads, self.channels]
        query, key, value = (
            tf.transpose(tf.reshape(part, split), [0, 2, 1, 3])
            for part in self._project(h, rows, angles)
        )
        scores = tf.matmul(query, key, transpose_b=True) + causal
        weights = softmax_with_null(scores)
        mixed = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
        mixed = tf.reshape(mixed, [-1, self.heads * self.channels])
        return tf.matmul(mixed, self.out), (key, value)

    def _project(
        self, h: tf.Tensor, rows: Shape, angles: RotaryAngles
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Query, key and value, ``[B, queries, heads, channels]`` each."""
        projected = tf.matmul(h, self.inner)
        projected = tf.reshape(projected, [*rows, 3 * self.heads, self.channels])
        query_key, value = tf.split(projected, [2 * self.heads, self.heads], axis=2)
        query, key = tf.split(apply_rotary(query_key, angles), 2, axis=2)
        return query, key, value


class CrossAttention(tf.Module):
    """One branch of the attention to the tokens of the context sentences."""

    def __init__(self, kernels: Projections):
        super().__init__()
        self.heads, self.channels = kernels.heads, kernels.channels
        self.query, self.out = frozen_variable(kernels.query), frozen_variable(kernels.out)
        self.key_value = frozen_variable(np.concatenate([kernels.key, kernels.value], axis=1))

    def keys_values(self, states: tf.Tensor, angles: RotaryAngles) -> tuple[tf.Tensor, tf.Tensor]:
        """``[B, T, d]`` → two of ``[B, heads, T + 1, channels]``; slot 0 is null."""
        shape = tf.shape(states)
        projected = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key_value)
        projected = tf.reshape(projected, [shape[0], shape[1], 2, self.heads, self.channels])
        angles = RotaryAngles(angles.cosine[:, :, None], angles.sine[:, :, None])
        keys = apply_rotary(projected[:, :, 0], angles)
        keys, values = (
            tf.transpose(tf.pad(part, [[0, 0], [1, 0], [0, 0], [0, 0]]), [0, 2, 1, 3])
            for part in (keys, projected[:, :, 1])
        )
        return keys, values

    def __call__(
        self,
        h: tf.Tensor,
        rows: Shape,
        angles: RotaryAngles,
        bias: tf.Tensor,
        keys: tf.Tensor,
        values: tf.Tensor,
    ) -> tf.Tensor:
        """``[n, d]`` → ``[n, d]``; ``rows`` is B and the queries of each story."""
        query = tf.reshape(tf.matmul(h, self.query), [*rows, self.heads, self.channels])
        query = tf.transpose(apply_rotary(query, angles), [0, 2, 1, 3])
        weights = tf.nn.softmax(tf.matmul(query, keys, transpose_b=True) + bias)
        mixed = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
        return tf.matmul(tf.reshape(mixed, [-1, self.heads * self.channels]), self.out)


class MemoryAttention(tf.Module):
    """One gated hop to the memory of sentence vectors.

    The query and output projections and the gate are multiplied into keys and values, so that a
    hop is ``softmax(x @ memory_keys) @ memory_values``. The memory is short, so each step is
    cheaper that way.
    """

    def __init__(self, kernels: Projections, gate: np.ndarray):
        super().__init__()
        self.heads, self.channels = kernels.heads, kernels.channels
        width = kernels.query.shape[0]
        self.query = frozen_variable(kernels.query.reshape([width, self.heads, self.channels]))
        self.key, self.value = frozen_variable(kernels.key), frozen_variable(kernels.value)
        out = (kernels.out * gate).reshape([self.heads, self.channels, width])
        self.out = frozen_variable(out)

    def keys_values(self, vectors: tf.Tensor, angles: RotaryAngles) -> tuple[tf.Tensor, tf.Tensor]:
        """``[B, N, d]`` → ``[B, d, heads * (N + 1)]``, ``[B, heads * (N + 1), d]``.

        Slot 0 of the N + 1 is null.
        """
        shape = tf.shape(vectors)
        batch, width = shape[0], vectors.shape[-1]
        flat = tf.reshape(vectors, [-1, width])
        split = [batch, shape[1], self.heads, self.channels]
        keys = tf.reshape(tf.matmul(flat, self.key), split)
        angles = RotaryAngles(angles.cosine[:, :, None], angles.sine[:, :, None])
        keys = apply_rotary(keys, angles)
        values = tf.reshape(tf.matmul(flat, self.value), split)
        keys = tf.einsum("dhc,bnhc->bdhn", self.query, keys)
        values = tf.einsum("bnhc,hcd->bhnd", values, self.out)
        keys = tf.pad(keys, [[0, 0], [0, 0], [0, 0], [1, 0]])
        values = tf.pad(values, [[0, 0], [0, 0], [1, 0], [0, 0]])
        return tf.reshape(keys, [batch, width, -1]), tf.reshape(values, [batch, -1, width])

    def __call__(
        self,
        x: tf.Tensor,
        rows: Shape,
        bias: tf.Tensor,
        memory_keys: tf.Tensor,
        memory_values: tf.Tensor,
    ) -> tf.Tensor:
        """``[n, d]`` → ``[n, d]``, the residual included."""
        width = x.shape[-1]
        scores = tf.matmul(tf.reshape(rms_norm(x), [*rows, width]), memory_keys)
        split = [*rows, self.heads, tf.shape(bias)[3]]
        weights = tf.nn.softmax(tf.reshape(scores, split) + bias)
        hop = tf.matmul(tf.reshape(weights, tf.shape(scores)), memory_values)
        return x + tf.reshape(hop, [-1, width])


def softmax_with_null(scores: tf.Tensor) -> tf.Tensor:
    """Softmax over the last axis and a null slot of score 0 (``trainer.model.layers``)."""
    return tf.nn.softmax(tf.pad(scores, [[0, 0], [0, 0], [0, 0], [1, 0]]))[..., 1:]
