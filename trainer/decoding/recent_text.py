"""The story's newest sentences, whose phrases a candidate must not repeat."""

from __future__ import annotations

import functools
from typing import NamedTuple

import tensorflow as tf

from trainer.decoding.constraints import shift_right
from trainer.decoding.text.codec import WORD_BOUNDARY, TextCodec


class RecentText(NamedTuple):
    """Tokens of the story's newest sentences.

    Attributes:
        ids: int32 ``[B, N]``, with EOS or 0 between sentences.
        starts_word: bool ``[B, N]``, the token begins a word.
        continues_word: bool ``[B, N]``, the token continues a word and has only letters.
    """

    ids: tf.Tensor
    starts_word: tf.Tensor
    continues_word: tf.Tensor

    @classmethod
    def from_ids(cls, ids: tf.Tensor, codec: TextCodec) -> RecentText:
        """From tokens, int32 ``[B, N]``."""
        surfaces = codec.surfaces
        starts_word = tf.constant([piece.startswith(WORD_BOUNDARY) for piece in surfaces])
        continues_word = tf.constant([piece.isalpha() for piece in surfaces])
        return cls(ids, tf.gather(starts_word, ids), tf.gather(continues_word, ids))

    def word_ngrams(self, order: int) -> tf.Tensor:
        """Last tokens of n-grams that are a word or the beginning of one: bool ``[B, N]``.

        Such an n-gram may be a name, which must be allowed again however many pieces spell it.
        """
        start = shift_right(self.starts_word, order - 1)
        rest = (shift_right(self.continues_word, back) for back in range(order - 1))
        return functools.reduce(tf.logical_and, rest, start)

    def phrase_ngrams(self, order: int) -> tf.Tensor:
        """Last tokens of n-grams that are neither part of one word nor an ending: bool ``[B, N]``.

        An ending contains no word start; every sentence may share it.
        """
        starts = (shift_right(self.starts_word, back) for back in range(order))
        return functools.reduce(tf.logical_or, starts) & ~self.word_ngrams(order)

    def with_written(
        self, ids: tf.Tensor, in_written: tf.Tensor, in_recent: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Arguments of ``constraints.mask_tokens`` for the tokens of two texts.

        Args:
            ids: int32 ``[B, W, L]``, what the candidates have written.
            in_written: bool ``[B, W, L]``, which of ``ids`` to mask.
            in_recent: bool ``[B, W, N]``, which of ``self.ids`` to mask.

        Returns:
            Tokens ``[B, W, L + N]`` and which of them to mask.
        """
        recent = tf.broadcast_to(self.ids[:, None], tf.shape(in_recent))
        return tf.concat([ids, recent], axis=2), tf.concat([in_written, in_recent], axis=2)
