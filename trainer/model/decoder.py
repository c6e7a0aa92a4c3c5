"""The decoder layer: attends to its own prefix, to the context and to the memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from trainer.configuration import ModelConfig
from trainer.model.layers import Attention, FeedForward, Tensor, norm


class KeyValues(NamedTuple):
    """Projected keys and values, and which query sees which of them.

    Attributes:
        keys, values: ``[*lead, T, heads, channels]``.
        mask: bool ``[*lead, Q, T]``.
    """

    keys: Tensor
    values: Tensor
    mask: Tensor


class DecoderLayer(keras.layers.Layer):
    """Self-attention, cross-attention to the context, one hop to the memory, feed-forward.

    The memory's output enters through a gate that starts at zero (Alayrac et al. 2022, section
    2.2), so that an untrained memory does not disturb the rest.
    """

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.self_attention_norm = norm("self_attention_norm")
        self.self_attention = Attention(config.width, config.heads, name="self_attention")
        self.cross_attention_norm = norm("cross_attention_norm")
        self.cross_attention = Attention(config.width, config.heads, name="cross_attention")
        self.memory_attention_norm = norm("memory_attention_norm")
        self.memory_attention = Attention(config.width, config.heads, name="memory_attention")
        self.feed_forward_norm = norm("feed_forward_norm")
        self.feed_forward = FeedForward(config.width, config.feed_forward, name="feed_forward")
        self.dropout = keras.layers.Dropout(config.dropout)

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        for layer in (
            self.self_attention_norm, self.self_attention,
            self.cross_attention_norm, self.cross_attention,
            self.memory_attention_norm, self.memory_attention,
            self.feed_forward_norm, self.feed_forward,
        ):  # fmt: skip
            layer.build((None, self.width))
        self.memory_gate = self.add_weight(
            name="memory_gate", shape=(self.width,), initializer="zeros"
        )
        super().build(input_shape)

    def call(
        self,
        x: Tensor,
        positions: Tensor,
        sentence_positions: Tensor,
        self_mask: Tensor,
        context: KeyValues,
        memory: KeyValues,
        training: bool = False,
    ) -> Tensor:
        """Apply the layer to some tokens of some sentences.

        Args:
            x: ``[*lead, Q, d]``.
            positions: int ``[*lead, Q]``, places in the running text.
            sentence_positions: int ``[*lead, Q]``, which sentence each token is in.
            self_mask: bool ``[*lead, Q, Q]``, what each token sees of its own sentence.
            context: token states of the preceding sentences, projected by ``cross_attention``.
            memory: vectors of earlier sentences, projected by ``memory_attention``.

        Returns:
            ``[*lead, Q, d]``.
        """
        attention = self.self_attention
        h = self.self_attention_norm(x)
        queries = attention.queries(h, positions)
        keys, values = attention.keys_values(h, positions)
        h = attention.attend(queries, keys, values, self_mask)
        x = x + self.dropout(h, training=training)

        queries = self.cross_attention.queries(self.cross_attention_norm(x), positions)
        h = self.cross_attention.attend(queries, *context)
        x = x + self.dropout(h, training=training)

        h = self.memory_attention_norm(x)
        queries = self.memory_attention.queries(h, sentence_positions)
        h = self.memory_attention.attend(queries, *memory) * ops.tanh(self.memory_gate)
        x = x + self.dropout(h, training=training)

        h = self.feed_forward(self.feed_forward_norm(x))
        return x + self.dropout(h, training=training)
