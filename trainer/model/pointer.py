"""Points at words of earlier sentences that may come again: names, places, turns of phrase."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from pipeline.records import BOS_ID, PAD_ID
from trainer.model.layers import UNSEEN, Tensor

CHANNELS = 64
NOT_POINTING = 8.0  # score of pointing nowhere, before training
# Before training: what the same token before is worth, the same two tokens, and (less) a
# sentence e times as far back.
WORTH = (1.0, 1.0, 0.5)


class Pointed(NamedTuple):
    """Scores of what a token may be copied from; a softmax over all of them is the mixture.

    Attributes:
        nowhere: float32 ``[..., Q]``, of not copying: the vocabulary decides.
        words: float32 ``[..., Q, T]``, of each token of the text; ``UNSEEN`` where it must not.
    """

    nowhere: Tensor
    words: Tensor


class Pointer(keras.layers.Layer):
    """The memory's words: a mixture of the vocabulary and of copying (Merity et al. 2017).

    A token of the text is found by what stands before it, as a cache finds it (Grave et al.
    2017): its key is the encoder's state of the token before it, and it counts more where that
    token, and the one before that, are the ones just written. The further back its sentence
    lies, the less it counts.
    """

    def __init__(self, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.query = keras.layers.Dense(CHANNELS, use_bias=False, name="query")
        self.key = keras.layers.Dense(CHANNELS, use_bias=False, name="key")
        self.nowhere = keras.layers.Dense(
            1,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(NOT_POINTING),
            name="nowhere",
        )

    def build(self, input_shape: Any) -> None:
        """Make the weights; any input shape will do."""
        for layer in (self.query, self.key, self.nowhere):
            layer.build((None, self.width))
        self.worth = self.add_weight(
            name="worth_scale",  # the name keeps it from decaying
            shape=(3,),
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(WORTH, dtype),
        )
        super().build(input_shape)

    def call(
        self, x: Tensor, states: Tensor, tokens: Tensor, sentences: Tensor, visible: Tensor
    ) -> Pointed:
        """Where each token of a text may be copied from.

        Args:
            x: ``[B, T, d]``, the decoder's states, from which each token is predicted.
            states: ``[B, T, d]``, the encoder's.
            tokens, sentences: int ``[B, T]``, as in ``StoryModel.call``.
            visible: bool ``[B, T, T]``, from where each may be copied.
        """
        before = _shifted(sentences, 1, -1) == sentences
        first = ops.where(before, _shifted(tokens, 1, BOS_ID), BOS_ID)
        second = ops.where(_shifted(sentences, 2, -1) == sentences, _shifted(tokens, 2, 0), PAD_ID)
        keys = self.key(_shifted(states, 1, 0)) * ops.cast(before, states.dtype)[..., None]
        scores = ops.einsum("bqc,btc->bqt", self.query(x), keys)
        scores = ops.cast(scores, "float32") * CHANNELS**-0.5
        worth = ops.cast(self.worth, "float32")
        same = first[:, :, None] == first[:, None, :]
        both = ops.logical_and(same, second[:, :, None] == second[:, None, :])
        ago = ops.cast(sentences[:, :, None] - sentences[:, None, :], "float32")
        scores = (
            scores + worth[0] * ops.cast(same, "float32") + worth[1] * ops.cast(both, "float32")
        )
        scores = scores - worth[2] * ops.log(ops.maximum(ago, 1.0))
        nowhere = ops.cast(ops.squeeze(self.nowhere(x), -1), "float32")
        return Pointed(nowhere, ops.where(visible, scores, UNSEEN))


def mixed(pointed: Pointed, tokens: Tensor, log_probs: Tensor) -> Tensor:
    """Log-probability of each token of a text.

    Args:
        tokens: int ``[B, T]``.
        log_probs: float32 ``[B, T]``, what the vocabulary gives each.

    Returns:
        float32 ``[B, T]``.
    """
    same = tokens[:, :, None] == tokens[:, None, :]
    copied = ops.logsumexp(ops.where(same, pointed.words, UNSEEN), axis=-1)
    anything = ops.logaddexp(pointed.nowhere, ops.logsumexp(pointed.words, axis=-1))
    return ops.logaddexp(pointed.nowhere + log_probs, copied) - anything


def _shifted(x: Tensor, by: int, fill: int) -> Tensor:
    """``[B, T, ...]``, each entry ``by`` places later."""
    padding = [(0, 0), (by, 0)] + [(0, 0)] * (len(x.shape) - 2)
    return ops.pad(x, padding, constant_values=fill)[:, :-by]
