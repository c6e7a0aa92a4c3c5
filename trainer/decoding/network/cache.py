"""Key-value caches of beams that are never reordered.

When beams are reordered, their keys and values stay where they are; an attention bias instead
records which slots of earlier steps are each beam's own history. So a step writes a few rows in
place and copies nothing, and the beams of a group attend to all slots of the group under that
bias.

A cache holds up to ``capacity`` steps. Its first slots are null, so that a query can attend to
nothing (see ``trainer.model.layers.Attention``).
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from trainer.decoding.network.kernels import scatter_in_place
from trainer.model.layers import NEG_INF

GROWTH = 16  # steps; a step attends to every slot, so a cache should have no more than it needs


class KeyValueCache(NamedTuple):
    """Keys and values of one branch of a layer's self-attention.

    Attributes:
        keys, values: ``[B*groups*heads*(capacity + 1)*beams, channels]``, a row for each step,
            beam and head; the rows of the null step come first.
    """

    keys: tf.Tensor
    values: tf.Tensor


class StepView:
    """What one decoding step writes to the caches, and what its queries attend to.

    Args:
        rows: from :func:`null_rows`.
        groups, beams: their product is the width W.
        heads: of a branch.
        step: int scalar tensor, 0 for the first.
        capacity: int scalar, steps that the caches hold.
        history_bias: float32 ``[B*groups, 1, beams, (capacity + 1) * beams]``, 0 or ``NEG_INF``:
            what each beam attends to of the steps before.
    """

    def __init__(
        self,
        rows: tf.Tensor,
        groups: int,
        beams: int,
        heads: int,
        step: tf.Tensor,
        capacity: tf.Tensor | int,
        history_bias: tf.Tensor,
    ):
        self.groups, self.beams, self.heads, self.width = groups, beams, heads, groups * beams
        self.capacity = capacity
        self.rows = rows + (step + 1) * beams
        # Each beam also attends to its own newest token.
        itself = tf.eye(beams)[:, None] * tf.one_hot(step + 1, capacity + 1)[:, None]
        itself = tf.reshape((1.0 - itself) * NEG_INF, [beams, -1])
        self.history_bias = tf.maximum(history_bias, itself)

    def write(self, cache: tf.Tensor, new: tf.Tensor) -> tf.Tensor:
        """Write ``[B, W, heads, channels]`` into a cache, in place.

        That is safe because every read of a step comes before the writes of the next one.
        """
        return scatter_in_place(cache, self.rows, tf.reshape(new, [-1, cache.shape[1]]))

    def attend(self, queries: tf.Tensor, cache: KeyValueCache) -> tf.Tensor:
        """Queries ``[B, W, heads, channels]`` → ``[B*W, heads*channels]``."""
        heads, beams, channels = self.heads, self.beams, queries.shape[-1]
        lead = [-1, heads, (self.capacity + 1) * beams, channels]
        if beams == 1:
            queries = tf.reshape(queries, [-1, heads, 1, channels])
        else:
            queries = tf.reshape(queries, [-1, beams, heads, channels])
            queries = tf.transpose(queries, [0, 2, 1, 3])
        scores = tf.matmul(queries, tf.reshape(cache.keys, lead), transpose_b=True)
        weights = tf.nn.softmax(scores + self.history_bias)
        mixed = tf.matmul(weights, tf.reshape(cache.values, lead))
        if beams > 1:
            mixed = tf.transpose(mixed, [0, 2, 1, 3])
        return tf.reshape(mixed, [-1, heads * channels])

    def reordered_bias(self, source: tf.Tensor) -> tf.Tensor:
        """``history_bias`` of the next step, in which each beam continues beam ``source``.

        Args:
            source: int32 ``[B, groups, beams]``, 0 to beams - 1, within the group.
        """
        if self.beams == 1:
            return self.history_bias
        source = tf.reshape(source, [-1, self.beams])
        return tf.gather(self.history_bias[:, 0], source, batch_dims=1)[:, None]


def null_rows(
    batch: tf.Tensor, groups: int, beams: int, heads: int, capacity: tf.Tensor | int
) -> tf.Tensor:
    """The cache row of each story's, beam's and head's null slot: int32 ``[B*W*heads]``."""
    groups_and_heads = tf.reshape(tf.range(batch * groups * heads), [-1, 1, heads])
    rows = groups_and_heads * (capacity + 1) * beams + tf.range(beams)[:, None]
    return tf.reshape(rows, [-1])


def initial_bias(batch: tf.Tensor, groups: int, beams: int, capacity: tf.Tensor | int) -> tf.Tensor:
    """``history_bias`` of the first step: a null slot is all that can be attended to."""
    slots = (capacity + 1) * beams
    null = (tf.one_hot(0, slots) - 1.0) * -NEG_INF
    return tf.broadcast_to(null, [batch * groups, 1, beams, slots])


def grow_caches(
    caches: list[KeyValueCache],
    history_bias: tf.Tensor,
    beams: int,
    capacity: tf.Tensor,
    new_capacity: tf.Tensor,
) -> tuple[list[KeyValueCache], tf.Tensor]:
    """Caches with room for more steps, and their ``history_bias``."""
    more = (new_capacity - capacity) * beams

    def grow(part: tf.Tensor) -> tf.Tensor:
        channels = part.shape[1]
        part = tf.reshape(part, [-1, (capacity + 1) * beams, channels])
        return tf.reshape(tf.pad(part, [[0, 0], [0, more], [0, 0]]), [-1, channels])

    history_bias = tf.pad(
        history_bias, [[0, 0], [0, 0], [0, 0], [0, more]], constant_values=NEG_INF
    )
    grown = [KeyValueCache(grow(cache.keys), grow(cache.values)) for cache in caches]
    return grown, history_bias
