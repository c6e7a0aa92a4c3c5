"""The pointer: copies words of earlier sentences, such as names, places and turns of phrase."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from pipeline.records import BOS_ID, PAD_ID
from trainer.model.layers import NEG_INF, Tensor

CHANNELS = 64
SENTINEL_BIAS = 8.0  # initial score of the sentinel, high: an untrained pointer copies nothing
# Initial weights of: the same preceding token, the same two preceding tokens, and (subtracted)
# the logarithm of the distance in sentences.
FEATURE_WEIGHTS = (1.0, 1.0, 0.5)


class PointerScores(NamedTuple):
    """Unnormalised scores; one softmax over all of them gives the mixture.

    Attributes:
        sentinel: float32 ``[..., Q]``, of not copying: the vocabulary decides.
        tokens: float32 ``[..., Q, T]``, of copying each token of the text; ``NEG_INF`` where
            that is not allowed.
    """

    sentinel: Tensor
    tokens: Tensor


class Pointer(keras.layers.Layer):
    """Pointer sentinel mixture of the vocabulary and of copying (Merity et al. 2017).

    A token of the text is looked up by what precedes it, as in a neural cache (Grave et al.
    2017): its key is the encoder's state of the preceding token. It scores higher where that
    token, and the one before it, are the ones just written, and lower the further back its
    sentence lies.
    """

    def __init__(self, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.query = keras.layers.Dense(CHANNELS, use_bias=False, name="query")
        self.key = keras.layers.Dense(CHANNELS, use_bias=False, name="key")
        self.sentinel = keras.layers.Dense(
            1,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(SENTINEL_BIAS),
            name="sentinel",
        )

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is ignored."""
        for layer in (self.query, self.key, self.sentinel):
            layer.build((None, self.width))
        self.feature_weights = self.add_weight(
            name="feature_scale",  # "scale" exempts it from weight decay
            shape=(3,),
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(FEATURE_WEIGHTS, dtype),
        )
        super().build(input_shape)

    def call(
        self, x: Tensor, states: Tensor, tokens: Tensor, sentences: Tensor, visible: Tensor
    ) -> PointerScores:
        """Score every token of a text as the source of every other.

        Args:
            x: ``[B, T, d]``, the decoder's states, from which each token is predicted.
            states: ``[B, T, d]``, the encoder's.
            tokens, sentences: int ``[B, T]``, as in ``StoryModel.call``.
            visible: bool ``[B, T, T]``, from where each may be copied.
        """
        inside = _shift_right(sentences, 1, -1) == sentences  # not the first of its sentence
        previous = ops.where(inside, _shift_right(tokens, 1, BOS_ID), BOS_ID)
        second_previous = ops.where(
            _shift_right(sentences, 2, -1) == sentences, _shift_right(tokens, 2, 0), PAD_ID
        )
        keys = self.key(_shift_right(states, 1, 0)) * ops.cast(inside, states.dtype)[..., None]
        scores = ops.einsum("bqc,btc->bqt", self.query(x), keys)
        scores = ops.cast(scores, "float32") * CHANNELS**-0.5
        weights = ops.cast(self.feature_weights, "float32")
        same = previous[:, :, None] == previous[:, None, :]
        both = ops.logical_and(same, second_previous[:, :, None] == second_previous[:, None, :])
        distance = ops.cast(sentences[:, :, None] - sentences[:, None, :], "float32")
        scores = (
            scores + weights[0] * ops.cast(same, "float32") + weights[1] * ops.cast(both, "float32")
        )
        scores = scores - weights[2] * ops.log(ops.maximum(distance, 1.0))
        sentinel = ops.cast(ops.squeeze(self.sentinel(x), -1), "float32")
        return PointerScores(sentinel, ops.where(visible, scores, NEG_INF))


def mixture_log_probs(scores: PointerScores, tokens: Tensor, log_probs: Tensor) -> Tensor:
    """Log-probability of each token of a text under vocabulary and pointer together.

    Args:
        tokens: int ``[B, T]``.
        log_probs: float32 ``[B, T]``, of each token under the vocabulary alone.

    Returns:
        float32 ``[B, T]``.
    """
    same = tokens[:, :, None] == tokens[:, None, :]
    copied = ops.logsumexp(ops.where(same, scores.tokens, NEG_INF), axis=-1)
    total = ops.logaddexp(scores.sentinel, ops.logsumexp(scores.tokens, axis=-1))
    return ops.logaddexp(scores.sentinel + log_probs, copied) - total


def _shift_right(x: Tensor, by: int, fill: int) -> Tensor:
    """``[B, T, ...]``, each entry ``by`` places later."""
    padding = [(0, 0), (by, 0)] + [(0, 0)] * (len(x.shape) - 2)
    return ops.pad(x, padding, constant_values=fill)[:, :-by]
