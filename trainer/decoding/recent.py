"""The story's recent sentences, whose phrases a candidate must not repeat."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from trainer.decoding import constraints


class Recent(NamedTuple):
    """Attributes:
    ids: int32 ``[B, N]``, tokens of the sentences, an EOS or 0 between them.
    begins: bool ``[B, N]``, tokens that begin a word. An n-gram that holds none is an ending,
        and endings are everybody's.
    """

    ids: tf.Tensor
    begins: tf.Tensor

    def holding(self, order: int) -> tf.Tensor:
        """Where n-grams end that hold the beginning of a word, bool ``[B, N]``."""
        begins = tf.cast(self.begins, tf.int32)
        held = [begins, *(constraints.shifted(begins, back) for back in range(1, order))]
        return tf.add_n(held) > 0

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
