"""The sentence encoder: a Transformer that reads each sentence on its own."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from trainer.configuration import ModelConfig
from trainer.model.layers import Attention, FeedForward, Tensor, norm


class EncoderLayer(keras.layers.Layer):
    """Self-attention within a sentence, then feed-forward."""

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.self_attention_norm = norm("self_attention_norm")
        self.self_attention = Attention(config.width, config.heads, name="self_attention")
        self.feed_forward_norm = norm("feed_forward_norm")
        self.feed_forward = FeedForward(config.width, config.feed_forward, name="feed_forward")
        self.dropout = keras.layers.Dropout(config.dropout)

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        for layer in (
            self.self_attention_norm, self.self_attention,
            self.feed_forward_norm, self.feed_forward,
        ):  # fmt: skip
            layer.build((None, self.width))
        super().build(input_shape)

    def call(self, x: Tensor, positions: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """``x [..., T, d]``, ``positions [..., T]``, ``mask [..., T, T]`` → ``[..., T, d]``."""
        attention = self.self_attention
        h = self.self_attention_norm(x)
        keys, values = attention.keys_values(h, positions)
        h = attention.attend(attention.queries(h, positions), keys, values, mask)
        x = x + self.dropout(h, training=training)
        h = self.feed_forward(self.feed_forward_norm(x))
        return x + self.dropout(h, training=training)


class SentenceEncoder(keras.layers.Layer):
    """A stack of :class:`EncoderLayer` over rows of whole sentences, and their pooling."""

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.stack = [EncoderLayer(config, name=f"layer_{i}") for i in range(config.encoder_layers)]
        self.out_norm = norm("out_norm")

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        for layer in self.stack:
            layer.build((None, self.width))
        self.out_norm.build((None, self.width))
        super().build(input_shape)

    def call(
        self, x: Tensor, sentences: Tensor, positions: Tensor, training: bool = False
    ) -> Tensor:
        """Token states.

        Args:
            x: ``[..., T, d]`` embedded tokens of whole sentences, each closed by EOS.
            sentences: int ``[..., T]``, which sentence a token belongs to; -1 is padding.
            positions: int ``[..., T]``.

        Returns:
            ``[..., T, d]``; no token's state depends on another sentence.
        """
        same_sentence = sentences[..., :, None] == sentences[..., None, :]
        mask = ops.logical_and(same_sentence, sentences[..., None, :] >= 0)
        for layer in self.stack:
            x = layer(x, positions, mask, training=training)
        return self.out_norm(x)

    def pool(self, states: Tensor, membership: Tensor) -> Tensor:
        """Mean-pool token states into one vector per sentence.

        Args:
            states: ``[..., T, d]``.
            membership: bool ``[..., N, T]``, True where the token belongs to the sentence.

        Returns:
            ``[..., N, d]``; zeros for a sentence without tokens.
        """
        weights = ops.cast(membership, states.dtype)
        count = ops.maximum(ops.sum(weights, axis=-1, keepdims=True), 1.0)
        return ops.matmul(weights / count, states)
