"""Writes one sentence: looks at its own prefix, at the sentences before it, at the memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from trainer.configuration import ModelConfig
from trainer.model.layers import Attention, FeedForward, Tensor, norm


class Seen(NamedTuple):
    """Keys and values ``[*lead, T, heads, channels]`` and who sees them, bool ``[*lead, Q, T]``."""

    keys: Tensor
    values: Tensor
    mask: Tensor


class DecoderLayer(keras.layers.Layer):
    """Own prefix, then context tokens, then memory of sentences (one hop), then feed-forward.

    What the memory says enters through a gate that starts at zero (Alayrac et al. 2022,
    section 2.2), so that an untrained memory does not disturb the rest.
    """

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = config.width
        self.own_norm = norm("own_norm")
        self.own = Attention(config.width, config.heads, name="own")
        self.context_norm = norm("context_norm")
        self.context = Attention(config.width, config.heads, name="context")
        self.memory_norm = norm("memory_norm")
        self.memory = Attention(config.width, config.heads, name="memory")
        self.feed_norm = norm("feed_norm")
        self.feed = FeedForward(config.width, config.feed_forward, name="feed")
        self.dropout = keras.layers.Dropout(config.dropout)

    def build(self, input_shape: Any) -> None:
        """Make the weights; any input shape will do."""
        for layer in (
            self.own_norm, self.own, self.context_norm, self.context,
            self.memory_norm, self.memory, self.feed_norm, self.feed,
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
        own: Tensor,
        context: Seen,
        memory: Seen,
        training: bool = False,
    ) -> Tensor:
        """One layer over some tokens of some sentences.

        Args:
            x: ``[*lead, Q, d]``.
            positions: int ``[*lead, Q]``, places in the running text.
            sentence_positions: int ``[*lead, Q]``, which sentence each token is in.
            own: bool ``[*lead, Q, Q]``, what each token sees of its own sentence.
            context: token states of the sentences before, projected by ``self.context``.
            memory: vectors of earlier sentences, projected by ``self.memory``.

        Returns:
            ``[*lead, Q, d]``.
        """
        h = self.own_norm(x)
        queries = self.own.queries(h, positions)
        keys, values = self.own.keys_values(h, positions)
        x = x + self.dropout(self.own.attend(queries, keys, values, own), training=training)

        queries = self.context.queries(self.context_norm(x), positions)
        x = x + self.dropout(self.context.attend(queries, *context), training=training)

        queries = self.memory.queries(self.memory_norm(x), sentence_positions)
        recalled = self.memory.attend(queries, *memory) * ops.tanh(self.memory_gate)
        x = x + self.dropout(recalled, training=training)

        return x + self.dropout(self.feed(self.feed_norm(x)), training=training)
