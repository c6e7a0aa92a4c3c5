"""A Keras LSTM encoder–decoder with attention: a baseline of ``benchmarks/training.py``.

The encoder has two bidirectional layers, the decoder two layers. Attention over the source follows
the last decoder layer (Luong, Pham and Manning 2015), so one product serves all target tokens.
"""

from __future__ import annotations

import keras

from benchmarks.baselines.pairs import PAD_ID

WIDTH = 192
ENCODER_UNITS = 192  # in each direction
DECODER_UNITS = 280
DROPOUT = 0.1


def build(vocabulary: int) -> keras.Model:
    """``[source [B, S], inputs [B, T]]`` → logits ``[B, T, vocabulary]``."""
    source = keras.Input((None,), dtype="int32")
    inputs = keras.Input((None,), dtype="int32")
    embedding = keras.layers.ReversibleEmbedding(vocabulary, WIDTH, tie_weights=True)
    real = source != PAD_ID
    states = keras.layers.Dropout(DROPOUT)(embedding(source))
    for _ in range(2):
        layer = keras.layers.LSTM(ENCODER_UNITS, return_sequences=True)
        states = keras.layers.Bidirectional(layer)(states, mask=real)
        states = keras.layers.Dropout(DROPOUT)(states)
    states = keras.layers.Dense(DECODER_UNITS, use_bias=False)(states)
    summary = keras.layers.GlobalAveragePooling1D()(states, mask=real)
    x = keras.layers.Dropout(DROPOUT)(embedding(inputs))
    for _ in range(2):
        initial_state = [
            keras.layers.Dense(DECODER_UNITS, activation="tanh")(summary) for _ in range(2)
        ]
        x = keras.layers.LSTM(DECODER_UNITS, return_sequences=True)(x, initial_state=initial_state)
        x = keras.layers.Dropout(DROPOUT)(x)
    attended = keras.layers.Attention()([x, states], mask=[None, real])
    x = keras.layers.Concatenate()([x, attended])
    x = keras.layers.Dense(WIDTH, activation="tanh")(x)
    return keras.Model([source, inputs], embedding(x, reverse=True))
