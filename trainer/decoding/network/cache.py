"""Keys and values of what beams have written, and which beam sees which of them.

When beams are reordered, their caches stay where they are; each beam instead remembers which
slot of every earlier step is its own history. So a step writes a few rows in place and copies
nothing, and a group's beams look at all of the group's slots under a mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from trainer.decoding.network.kernels import NEVER, replaced

GROWTH = 16  # steps; every step looks at all slots, so caches are no longer than need be

if TYPE_CHECKING:
    from trainer.decoding.network.decoder import FusedDecoder


class BranchCache(NamedTuple):
    """Keys and values of a layer's branch, ``[B*groups*heads*(L + 1)*beams, channels]`` each.

    A row for each token of each beam and head. Step 0 is empty, for looking at nothing (see
    trainer.model.layers.Attention).
    """

    keys: tf.Tensor
    values: tf.Tensor


class Slots:
    """Where the tokens of one step go, and what their queries see.

    Args:
        rows: from :func:`first_rows`.
        groups, beams: their product is the width W.
        heads: of a branch.
        step: int scalar tensor, 0 for the first.
        longest: L, int scalar.
        visible: float32 ``[B*groups, 1, beams, (L + 1) * beams]``, 0 or ``NEVER``: what was
            written before.
    """

    def __init__(
        self,
        rows: tf.Tensor,
        groups: int,
        beams: int,
        heads: int,
        step: tf.Tensor,
        longest: tf.Tensor | int,
        visible: tf.Tensor,
    ):
        self.groups, self.beams, self.heads, self.width = groups, beams, heads, groups * beams
        self.longest = longest
        self.rows = rows + (step + 1) * beams
        # Each beam sees the token it has just written.
        itself = tf.eye(beams)[:, None] * tf.one_hot(step + 1, longest + 1)[:, None]
        itself = tf.reshape((1.0 - itself) * NEVER, [beams, -1])
        self.visible = tf.maximum(visible, itself)

    def put(self, cache: tf.Tensor, new: tf.Tensor) -> tf.Tensor:
        """Write ``[B, W, heads, channels]`` into a cache, in its own memory.

        That is safe because every read of a step comes before the tokens that the next one writes.
        """
        return replaced(cache, self.rows, tf.reshape(new, [-1, cache.shape[1]]))

    def attend(self, queries: tf.Tensor, cache: BranchCache) -> tf.Tensor:
        """Queries ``[B, W, heads, channels]`` → ``[B*W, heads*channels]``."""
        heads, beams, channels = self.heads, self.beams, queries.shape[-1]
        lead = [-1, heads, (self.longest + 1) * beams, channels]
        if beams == 1:  # a group's only beam
            queries = tf.reshape(queries, [-1, heads, 1, channels])
        else:
            queries = tf.reshape(queries, [-1, beams, heads, channels])
            queries = tf.transpose(queries, [0, 2, 1, 3])
        scores = tf.matmul(queries, tf.reshape(cache.keys, lead), transpose_b=True)
        weights = tf.nn.softmax(scores + self.visible)
        mixed = tf.matmul(weights, tf.reshape(cache.values, lead))
        if beams > 1:
            mixed = tf.transpose(mixed, [0, 2, 1, 3])
        return tf.reshape(mixed, [-1, heads * channels])

    def seen_after(self, source: tf.Tensor) -> tf.Tensor:
        """``visible`` of the next step, when each beam goes on from beam ``source`` of its group.

        Args:
            source: int32 ``[B, groups, beams]``, 0 to beams - 1.
        """
        if self.beams == 1:
            return self.visible
        source = tf.reshape(source, [-1, self.beams])
        return tf.gather(self.visible[:, 0], source, batch_dims=1)[:, None]


def first_rows(
    batch: tf.Tensor, groups: int, beams: int, heads: int, longest: tf.Tensor | int
) -> tf.Tensor:
    """Rows of a cache in which step 0 of each story, beam and head is: int32 ``[B*W*heads]``."""
    groups_and_heads = tf.reshape(tf.range(batch * groups * heads), [-1, 1, heads])
    rows = groups_and_heads * (longest + 1) * beams + tf.range(beams)[:, None]
    return tf.reshape(rows, [-1])


def nothing_written(
    batch: tf.Tensor, groups: int, beams: int, longest: tf.Tensor | int
) -> tf.Tensor:
    """``visible`` before the first step: only the empty slot."""
    slots = (longest + 1) * beams
    empty = (tf.one_hot(0, slots) - 1.0) * -NEVER
    return tf.broadcast_to(empty, [batch * groups, 1, beams, slots])


def empty_caches(
    decoder: FusedDecoder, batch: tf.Tensor, groups: int, beams: int, longest: tf.Tensor | int
) -> list[BranchCache]:
    """Caches for up to ``longest`` steps."""
    rows = batch * groups * decoder.heads * (longest + 1) * beams

    def empty() -> tf.Tensor:
        # Not tf.zeros: the graph's optimizer makes one of equal tensors, and each of these is
        # written in place.
        new = tf.raw_ops.Empty(shape=[rows, decoder.channels], dtype=tf.float32, init=True)
        return tf.ensure_shape(new, [None, decoder.channels])

    return [BranchCache(empty(), empty()) for _ in range(decoder.branches)]


def grown(
    caches: list[BranchCache],
    visible: tf.Tensor,
    beams: int,
    before: tf.Tensor,
    after: tf.Tensor,
) -> tuple[list[BranchCache], tf.Tensor]:
    """Caches with room for more steps, and ``visible`` for them.

    Args:
        before, after: int scalars, steps that there is room for.
    """
    more = (after - before) * beams

    def longer(part: tf.Tensor) -> tf.Tensor:
        channels = part.shape[1]
        part = tf.reshape(part, [-1, (before + 1) * beams, channels])
        return tf.reshape(tf.pad(part, [[0, 0], [0, more], [0, 0]]), [-1, channels])

    visible = tf.pad(visible, [[0, 0], [0, 0], [0, 0], [0, more]], constant_values=NEVER)
    return [BranchCache(longer(cache.keys), longer(cache.values)) for cache in caches], visible


def begun_caches(
    decoder: FusedDecoder,
    kept: list[tuple[tf.Tensor, tf.Tensor]],
    streams: int,
    longest: int,
) -> list[BranchCache]:
    """Caches of streams (groups of one beam) that have all read the same beginning.

    Args:
        kept: from ``FusedDecoder.read`` of one sentence a story, each
            ``[B, heads, P, channels]``; they take steps 1 to P.
        longest: steps beside those.
    """

    def spread(part: tf.Tensor) -> tf.Tensor:
        part = tf.pad(part, [[0, 0], [0, 0], [1, longest], [0, 0]])[:, None]
        part = tf.tile(part, [1, streams, 1, 1, 1])
        return tf.reshape(part, [-1, decoder.channels])

    return [BranchCache(spread(keys), spread(values)) for keys, values in kept]
