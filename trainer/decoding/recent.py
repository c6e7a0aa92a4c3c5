"""The story's recent sentences, whose phrases a candidate must not repeat."""

from __future__ import annotations

import functools
from typing import NamedTuple

import tensorflow as tf

from trainer.decoding import constraints
from trainer.decoding.text.codec import SPACE, TextCodec


class Recent(NamedTuple):
    """Attributes:
    ids: int32 ``[B, N]``, tokens of the sentences, an EOS or 0 between them.
    begins: bool ``[B, N]``, tokens that begin a word.
    goes_on: bool ``[B, N]``, tokens that spell a word further, in letters only.
    """

    ids: tf.Tensor
    begins: tf.Tensor
    goes_on: tf.Tensor

    @classmethod
    def of(cls, ids: tf.Tensor, codec: TextCodec) -> Recent:
        """Sentences, int32 ``[B, N]``."""
        surfaces = codec.surfaces
        begins = tf.constant([piece.startswith(SPACE) for piece in surfaces])
        goes_on = tf.constant([piece.isalpha() for piece in surfaces])
        return cls(ids, tf.gather(begins, ids), tf.gather(goes_on, ids))

    def words(self, order: int) -> tf.Tensor:
        """Where n-grams end that are one word, or its beginning: bool ``[B, N]``.

        Such a one may be a name, which must come again however many pieces spell it.
        """
        begun = constraints.shifted(self.begins, order - 1)
        rest = (constraints.shifted(self.goes_on, back) for back in range(order - 1))
        return functools.reduce(tf.logical_and, rest, begun)

    def phrases(self, order: int) -> tf.Tensor:
        """Where n-grams end that are neither within a word nor an ending: bool ``[B, N]``.

        An ending holds no beginning of a word; endings are everybody's.
        """
        held = (constraints.shifted(self.begins, back) for back in range(order))
        return functools.reduce(tf.logical_or, held) & ~self.words(order)

    def beside(
        self, ids: tf.Tensor, own: tf.Tensor, told: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """What ``constraints.forbid`` needs to forbid tokens of two texts.

        Args:
            ids: int32 ``[B, W, L]``, what is written.
            own: bool ``[B, W, L]``, which of ``ids`` must not come again.
            told: bool ``[B, W, N]``, which of these sentences' tokens.

        Returns:
            Tokens ``[B, W, L + N]`` and which of them are forbidden.
        """
        spread = tf.broadcast_to(self.ids[:, None], tf.shape(told))
        return tf.concat([ids, spread], axis=2), tf.concat([own, told], axis=2)
