"""A Keras LSTM encoder–decoder with attention: a system of ``benchmarks/training.py``.

Two bidirectional layers read, two write; attention over the source follows the last of these
(Luong, Pham and Manning 2015), so that it is one product for all target tokens.
"""

from __future__ import annotations

import keras

from benchmarks.baselines.pairs import PAD_ID

WIDTH = 192
READS = 192  # units of each direction of an encoder layer
WRITES = 280  # units of a decoder layer
DROPOUT = 0.1


def build(vocabulary: int) -> keras.Model:
    """``[source [B, S], inputs [B, T]]`` → logits ``[B, T, vocabulary]``."""
    source = keras.Input((None,), dtype="int32")
    inputs = keras.Input((None,), dtype="int32")
    embedding = keras.layers.ReversibleEmbedding(vocabulary, WIDTH, tie_weights=True)
    real = source != PAD_ID
    states = keras.layers.Dropout(DROPOUT)(embedding(source))
    for _ in range(2):
        layer = keras.layers.LSTM(READS, return_sequences=True)
        states = keras.layers.Bidirectional(layer)(states, mask=real)
        states = keras.layers.Dropout(DROPOUT)(states)
    states = keras.layers.Dense(WRITES, use_bias=False)(states)
    summary = keras.layers.GlobalAveragePooling1D()(states, mask=real)
    x = keras.layers.Dropout(DROPOUT)(embedding(inputs))
    for _ in range(2):
        begin = [keras.layers.Dense(WRITES, activation="tanh")(summary) for _ in range(2)]
        x = keras.layers.LSTM(WRITES, return_sequences=True)(x, initial_state=begin)
        x = keras.layers.Dropout(DROPOUT)(x)
    heard = keras.layers.Attention()([x, states], mask=[None, real])
    x = keras.layers.Concatenate()([x, heard])
    x = keras.layers.Dense(WIDTH, activation="tanh")(x)
    return keras.Model([source, inputs], embedding(x, reverse=True))
