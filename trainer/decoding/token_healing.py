"""Token healing: a candidate continues a prefix that may end inside a word or a piece.

The prefix's own tokens are only one of several ways to spell it, and the model has never seen
a sentence continue after a piece that was cut short. So the last pieces of the prefix are
removed and decoded again: at each of their places a stream either repeats the prefix's own
piece or takes one that spells all the rest of the prefix and more. So every candidate begins
with exactly the prefix (compare "The Art of Prompt Design: Prompt Boundaries and Token
Healing", Lundberg 2023).
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from pipeline.records import SPECIAL_PIECES
from trainer.decoding.text.codec import BYTE_PIECES, TextCodec
from trainer.model.layers import NEG_INF

HEALED = 3  # pieces of the prefix that are removed and decoded again


class HealedPrefix(NamedTuple):
    """The prefix of each story, without its last pieces.

    Attributes:
        ids: int32 ``[B, P]``, tokens that stay, 0 beyond; ``lengths [B]``.
        removed: int32 ``[B, HEALED]``, the removed last tokens in order; 0, at the end, where
            there are fewer.
        rest: string ``[B, HEALED]``, the text of each of them and those after it, with ``▁`` for
            a space; empty where there are fewer.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    removed: tf.Tensor
    rest: tf.Tensor


def heal_prefix(
    codec: TextCodec, prefix: tf.Tensor, max_length: int, heal: bool = True
) -> HealedPrefix:
    """Split prefixes into tokens that stay and tokens that are decoded again.

    Args:
        prefix: string ``[B]``, from :meth:`TextCodec.normalise_prefix`.
        max_length: tokens that a prefix may have.
        heal: whether to remove any.

    Raises:
        tf.errors.InvalidArgumentError: a prefix is longer.
    """
    with tf.device("/CPU:0"):
        tokens = codec.encode(prefix)
        counts = tf.cast(tokens.row_lengths(), tf.int32)
        check = tf.debugging.Assert(
            tf.reduce_all(counts <= max_length),
            [f"a prefix may have at most {max_length} tokens", counts],
        )
        with tf.control_dependencies([check]):
            ids = tokens.to_tensor()
        count = tf.minimum(HEALED if heal else 0, counts)
        places = counts[:, None] - count[:, None] + tf.range(HEALED)
        exists = places < counts[:, None]
        padded = tf.pad(ids, [[0, 0], [0, 1]])
        removed = tf.gather(padded, tf.where(exists, places, 0), batch_dims=1)
        removed = tf.where(exists, removed, 0)
        # A byte piece has no text of its own: only what follows the last of them is healed.
        is_byte = exists & (removed < len(SPECIAL_PIECES) + BYTE_PIECES)
        skipped = tf.reduce_max(tf.where(is_byte, tf.range(1, HEALED + 1), 0), axis=1)
        count -= skipped
        index = skipped[:, None] + tf.range(HEALED)
        removed = tf.gather(tf.pad(removed, [[0, 0], [0, HEALED]]), index, batch_dims=1)
        pieces = tf.where(removed > 0, tf.gather(codec.pieces, removed), "")
        rest = [tf.strings.reduce_join(pieces[:, first:], axis=1) for first in range(HEALED)]
        lengths = counts - count
        ids = ids * tf.sequence_mask(lengths, tf.shape(ids)[1], tf.int32)
        ids = ids[:, : tf.reduce_max(lengths)]
        return HealedPrefix(ids, lengths, removed, tf.stack(rest, axis=1))


def completing_tokens(codec: TextCodec, prefix: HealedPrefix) -> tuple[tf.Tensor, tf.Tensor]:
    """Which tokens complete the prefix at each of the removed places.

    Returns:
        bool ``[B, HEALED, vocabulary]``, tokens that spell all the rest of the prefix, alone or
        with more after it; int32 ``[B]``, the number of removed tokens.
    """
    with tf.device("/CPU:0"):
        shape = tf.shape(prefix.rest)
        rest = tf.reshape(prefix.rest, [-1])
        rows = tf.where(rest != "")  # nothing is compared for places that are not there
        wanted = tf.gather(rest, rows[:, 0])[:, None]
        vocabulary = len(codec.surfaces)
        pieces = tf.broadcast_to(codec.pieces[None], [tf.shape(rows)[0], vocabulary])
        sizes = tf.broadcast_to(tf.strings.length(wanted), tf.shape(pieces))
        fits = tf.strings.substr(pieces, tf.zeros_like(sizes), sizes) == wanted
        completing = tf.scatter_nd(rows, tf.cast(fits, tf.int32), [shape[0] * shape[1], vocabulary])
        completing = tf.reshape(completing > 0, [shape[0], shape[1], vocabulary])
        count = tf.reduce_sum(tf.cast(prefix.rest != "", tf.int32), axis=1)
        return completing, count


def healing_bias(
    completing: tf.Tensor, removed: tf.Tensor, step: tf.Tensor, healing: tf.Tensor
) -> tf.Tensor:
    """``NEG_INF`` for tokens that would not spell the prefix, float32 ``[B, W, vocabulary]``.

    Args:
        completing: from :func:`completing_tokens`.
        removed: of the :class:`HealedPrefix`.
        step: int scalar, index of the removed token that is decoded again.
        healing: bool ``[B, W]``, streams that have not spelled their whole prefix yet.
    """
    vocabulary = completing.shape[-1]
    place = tf.minimum(step, HEALED - 1)
    fits = tf.gather(completing, place, axis=1)
    fits |= tf.range(vocabulary) == tf.gather(removed, place, axis=1)[:, None]
    return tf.where(healing[..., None] & ~fits[:, None], NEG_INF, 0.0)
