"""Token healing: a candidate goes on from a prefix that may end inside a word or a piece.

The prefix's own tokens are one of several ways to spell it, and the model has never seen a
sentence go on after a piece that is cut short. So the last pieces of the prefix are given back
and written again: at each of their places a stream either repeats the prefix's own piece or takes
one that spells all the rest of the prefix and goes on behind it. Every candidate so begins
with exactly the prefix (compare "The Art of Prompt Design: Prompt Boundaries and Token Healing",
Lundberg 2023).
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from pipeline.records import SPECIAL_PIECES
from trainer.decoding.network.kernels import NEVER
from trainer.decoding.text.codec import BYTE_PIECES, TextCodec

HEALED = 3  # pieces of the prefix that are given back


class Beginning(NamedTuple):
    """How the candidates of each story begin.

    Attributes:
        ids: int32 ``[B, P]``, tokens that are fixed, 0 beyond; ``lengths [B]``.
        own: int32 ``[B, HEALED]``, tokens given back, the last ones of the prefix in order; 0
            where there are fewer, at the end.
        rest: string ``[B, HEALED]``, what each of them and those after it spell, a space being
            ``▁``; empty where there are fewer.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    own: tf.Tensor
    rest: tf.Tensor


def begin(codec: TextCodec, prefix: tf.Tensor, longest: int, heal: bool = True) -> Beginning:
    """Cut prefixes into what is fixed and what is written again.

    Args:
        prefix: string ``[B]``, as :meth:`TextCodec.prefix` gives it.
        longest: tokens that a prefix may have.
        heal: whether to give pieces back.

    Raises:
        tf.errors.InvalidArgumentError: a prefix is longer.
    """
    with tf.device("/CPU:0"):
        tokens = codec.encode(prefix)
        counts = tf.cast(tokens.row_lengths(), tf.int32)
        check = tf.debugging.Assert(
            tf.reduce_all(counts <= longest), [f"a prefix may have {longest} tokens", counts]
        )
        with tf.control_dependencies([check]):
            ids = tokens.to_tensor()
        back = tf.minimum(HEALED if heal else 0, counts)
        places = counts[:, None] - back[:, None] + tf.range(HEALED)
        there = places < counts[:, None]
        wide = tf.pad(ids, [[0, 0], [0, 1]])
        own = tf.where(there, tf.gather(wide, tf.where(there, places, 0), batch_dims=1), 0)
        # Bytes spell no text of their own: only what comes after the last of them is healed.
        bytes_ = there & (own < len(SPECIAL_PIECES) + BYTE_PIECES)
        last = tf.reduce_max(tf.where(bytes_, tf.range(1, HEALED + 1), 0), axis=1)
        back -= last
        index = last[:, None] + tf.range(HEALED)
        own = tf.gather(tf.pad(own, [[0, 0], [0, HEALED]]), index, batch_dims=1)
        pieces = tf.where(own > 0, tf.gather(codec.pieces, own), "")
        parts = [tf.strings.reduce_join(pieces[:, first:], axis=1) for first in range(HEALED)]
        kept = counts - back
        ids = ids * tf.sequence_mask(kept, tf.shape(ids)[1], tf.int32)
        return Beginning(ids[:, : tf.reduce_max(kept)], kept, own, tf.stack(parts, axis=1))


def spellings(codec: TextCodec, beginning: Beginning) -> tuple[tf.Tensor, tf.Tensor]:
    """Which tokens may stand at each place that is written again, while the prefix lasts.

    Returns:
        ``ending``, bool ``[B, HEALED, vocabulary]``: tokens that spell all the rest of the
        prefix; ``left``, int32 ``[B]``, how many places there are.
    """
    with tf.device("/CPU:0"):
        shape = tf.shape(beginning.rest)
        rest = tf.reshape(beginning.rest, [-1])
        rows = tf.where(rest != "")  # nothing is compared for prefixes that are not there
        wanted = tf.gather(rest, rows[:, 0])[:, None]
        vocabulary = len(codec.surfaces)
        pieces = tf.broadcast_to(codec.pieces[None], [tf.shape(rows)[0], vocabulary])
        sizes = tf.broadcast_to(tf.strings.length(wanted), tf.shape(pieces))
        fits = tf.strings.substr(pieces, tf.zeros_like(sizes), sizes) == wanted
        ending = tf.scatter_nd(rows, tf.cast(fits, tf.int32), [shape[0] * shape[1], vocabulary])
        ending = tf.reshape(ending > 0, [shape[0], shape[1], vocabulary])
        left = tf.reduce_sum(tf.cast(beginning.rest != "", tf.int32), axis=1)
        return ending, left


def allowed(ending: tf.Tensor, own: tf.Tensor, place: tf.Tensor, healing: tf.Tensor) -> tf.Tensor:
    """``NEVER`` for tokens that would leave the prefix, float32 ``[B, W, vocabulary]``.

    Args:
        ending: from :func:`spellings`.
        own: of the :class:`Beginning`.
        place: int scalar, which of the places given back is written.
        healing: bool ``[B, W]``, streams that have not spelled their whole prefix yet.
    """
    vocabulary = ending.shape[-1]
    here = tf.minimum(place, HEALED - 1)
    fits = tf.gather(ending, here, axis=1)
    fits |= tf.range(vocabulary) == tf.gather(own, here, axis=1)[:, None]
    return tf.where(healing[..., None] & ~fits[:, None], NEVER, 0.0)
