"""Reads sentences, each on its own."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from trainer.configuration import ModelConfig
from trainer.model.layers import Attention, FeedForward, Tensor, norm


class EncoderLayer(keras.layers.Layer):
    """Self-attention inside a sentence, then feed-forward."""

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.attention_norm = norm("attention_norm")
        self.attention = Attention(config.width, config.heads, name="attention")
        self.feed_norm = norm("feed_norm")
        self.feed = FeedForward(config.width, config.feed_forward, name="feed")
        self.dropout = keras.layers.Dropout(config.dropout)

    def build(self, input_shape: Any) -> None:
        """Make the weights; any input shape will do."""
        for layer in (self.attention_norm, self.attention, self.feed_norm, self.feed):
            layer.build((None, self.width))
        super().build(input_shape)

    def call(self, x: Tensor, positions: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """``x [..., T, d]``, ``positions [..., T]``, ``mask [..., T, T]`` → ``[..., T, d]``."""
        h = self.attention_norm(x)
        keys, values = self.attention.keys_values(h, positions)
        h = self.attention.attend(self.attention.queries(h, positions), keys, values, mask)
        x = x + self.dropout(h, training=training)
        return x + self.dropout(self.feed(self.feed_norm(x)), training=training)


class SentenceEncoder(keras.layers.Layer):
    """A stack of :class:`EncoderLayer` over rows of whole sentences, and their pooling."""

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.stack = [EncoderLayer(config, name=f"layer_{i}") for i in range(config.encoder_layers)]
        self.out_norm = norm("out_norm")

    def build(self, input_shape: Any) -> None:
        """Make the weights; any input shape will do."""
        for layer in self.stack:
            layer.build((None, self.width))
        self.out_norm.build((None, self.width))
        super().build(input_shape)

    def call(
        self, x: Tensor, sentences: Tensor, positions: Tensor, training: bool = False
    ) -> Tensor:
        """Token states.

        Args:
            x: ``[..., T, d]`` embedded tokens, each sentence whole and closed by its EOS.
            sentences: int ``[..., T]``, which sentence a token belongs to; -1 is padding.
            positions: int ``[..., T]``.

        Returns:
            ``[..., T, d]``; no token's state depends on another sentence.
        """
        own = sentences[..., :, None] == sentences[..., None, :]
        mask = ops.logical_and(own, sentences[..., None, :] >= 0)
        for layer in self.stack:
            x = layer(x, positions, mask, training=training)
        return self.out_norm(x)

    def pool(self, states: Tensor, membership: Tensor) -> Tensor:
        """One vector a sentence: the mean of its token states.

        Args:
            states: ``[..., T, d]``.
            membership: bool ``[..., N, T]``, True where token belongs to sentence.

        Returns:
            ``[..., N, d]``; zeros for a sentence without tokens.
        """
        weights = ops.cast(membership, states.dtype)
        count = ops.maximum(ops.sum(weights, axis=-1, keepdims=True), 1.0)
        return ops.matmul(weights / count, states)
