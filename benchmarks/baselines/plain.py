"""A plain Keras encoder–decoder Transformer: a baseline of ``benchmarks/training.py``.

It is made of Keras's own layers and encodes the five sentences before each target separately.
"""

from __future__ import annotations

import keras
from keras import ops

from benchmarks.baselines.pairs import PAD_ID

WIDTH, HEADS = 192, 4
ENCODER_LAYERS, DECODER_LAYERS = 2, 3
ENCODER_INNER, DECODER_INNER = 768, 960  # the decoder's is wider because it has no memory
LONGEST = 512
DROPOUT = 0.1


def build(vocabulary: int) -> keras.Model:
    """``[source [B, S], inputs [B, T]]`` → logits ``[B, T, vocabulary]``."""
    source = keras.Input((None,), dtype="int32")
    inputs = keras.Input((None,), dtype="int32")
    embedding = keras.layers.ReversibleEmbedding(
        vocabulary, WIDTH, tie_weights=True, embeddings_initializer=_normal()
    )
    real = source != PAD_ID
    states = _positions(embedding(source))
    for _ in range(ENCODER_LAYERS):
        states = _attend(states, None, real[:, None, :])
        states = _feed(states, ENCODER_INNER)
    states = keras.layers.LayerNormalization()(states)
    x = _positions(embedding(inputs))
    for _ in range(DECODER_LAYERS):
        x = _attend(x, None, None, causal=True)
        x = _attend(x, states, real[:, None, :])
        x = _feed(x, DECODER_INNER)
    x = keras.layers.LayerNormalization()(x)
    return keras.Model([source, inputs], embedding(x, reverse=True))


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=WIDTH**-0.5)


class _Positions(keras.layers.Layer):
    """Adds learnt position embeddings, then applies dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.table = keras.layers.Embedding(LONGEST, WIDTH, embeddings_initializer=_normal())
        self.dropout = keras.layers.Dropout(DROPOUT)

    def build(self, input_shape: object) -> None:
        self.table.build()
        super().build(input_shape)

    def call(self, x: object, training: bool = False) -> object:
        places = self.table(ops.arange(ops.shape(x)[1]))
        return self.dropout(x * WIDTH**0.5 + places, training=training)


def _positions(x: object) -> object:
    return _Positions()(x)


def _attend(x: object, states: object, mask: object, causal: bool = False) -> object:
    attention = keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=0.0)
    h = keras.layers.LayerNormalization()(x)
    h = attention(h, h if states is None else states, attention_mask=mask, use_causal_mask=causal)
    return x + keras.layers.Dropout(DROPOUT)(h)


def _feed(x: object, inner: int) -> object:
    h = keras.layers.LayerNormalization()(x)
    h = keras.layers.Dense(inner, activation="gelu")(h)
    h = keras.layers.Dense(WIDTH)(h)
    return x + keras.layers.Dropout(DROPOUT)(h)
