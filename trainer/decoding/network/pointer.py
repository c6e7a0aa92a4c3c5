"""The pointer as decoding runs it: words of the story that a beam may copy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoding.network.kernels import NEVER, replaced, variable
from trainer.model.pointer import CHANNELS
from trainer.model.story_model import StoryModel

LEAST = 1e-30  # probability; its logarithm is finite


class Words(NamedTuple):
    """The tokens of a story, oldest first.

    Attributes:
        keys: float32 ``[B, T, channels]``.
        bias: float32 ``[B, 1, T]``, what its age is worth; ``NEVER`` where there is no token.
        ids: int32 ``[B, T]``.
        first, second: int32 ``[B, T]``, the tokens before it (see :func:`before`).
        kinds: int32 ``[B*T]``, place of each token among ``rows`` and ``tokens``.
        rows, tokens: int32 ``[n]``, the different tokens of each story.
    """

    keys: tf.Tensor
    bias: tf.Tensor
    ids: tf.Tensor
    first: tf.Tensor
    second: tf.Tensor
    kinds: tf.Tensor
    rows: tf.Tensor
    tokens: tf.Tensor

    @classmethod
    def of(
        cls, keys: tf.Tensor, bias: tf.Tensor, ids: tf.Tensor, first: tf.Tensor, second: tf.Tensor
    ) -> Words:
        """Find out which tokens are the same."""
        many = tf.constant(2**31, tf.int64)  # a story's number and a token in one
        row = tf.range(tf.shape(ids, out_type=tf.int64)[0])[:, None]
        each, kinds = tf.unique(tf.reshape(row * many + tf.cast(ids, tf.int64), [-1]))
        rows, tokens = (tf.cast(part, tf.int32) for part in (each // many, each % many))
        return cls(keys, bias, ids, first, second, kinds, rows, tokens)

    def taken(self, stories: tf.Tensor) -> Words:
        """Those of some stories, int ``[n]``."""
        return Words.of(*(tf.gather(part, stories) for part in self[:5]))


class Next(NamedTuple):
    """What may come next, not yet normalised, for most of a step asks only which is likelier.

    Attributes:
        logits: float32 ``[B, W, vocabulary]``; may be written to (``constraints.forbid``).
        shift: float32 ``[B, W, 1]``, which makes log-probabilities of them.
    """

    logits: tf.Tensor
    shift: tf.Tensor

    @property
    def log_probs(self) -> tf.Tensor:
        """float32 ``[B, W, vocabulary]``, a pass over all of them."""
        return self.logits + self.shift


class FusedPointer(tf.Module):
    """Computes what ``trainer.model.pointer`` computes, for every token of the vocabulary."""

    def __init__(self, model: StoryModel):
        super().__init__()
        pointer, scale = model.pointer, np.asarray(model.out_norm.scale)[:, None]
        self.vocabulary = model.config.vocabulary
        query = np.asarray(pointer.query.kernel) * CHANNELS**-0.5
        asked = np.concatenate([np.asarray(pointer.sentinel.kernel), query], axis=1)
        self.asked = variable(scale * asked)
        self.nowhere = float(np.asarray(pointer.sentinel.bias)[0])
        self.key = variable(np.asarray(pointer.key.kernel))
        self.worth = [float(worth) for worth in np.asarray(pointer.feature_weights)]

    def see(
        self,
        states: tf.Tensor,
        ids: tf.Tensor,
        first: tf.Tensor,
        second: tf.Tensor,
        ago: tf.Tensor,
    ) -> Words:
        """Project what there is to copy.

        Args:
            states: ``[B, T, d]``, the encoder's state of the token before each; zeros where a
                sentence begins.
            ids, first, second: as in :class:`Words`.
            ago: int32 ``[B, T]``, how many sentences ago each was; 0 where there is none.
        """
        shape = tf.shape(states)
        keys = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key)
        keys = tf.reshape(keys, [shape[0], shape[1], CHANNELS])
        age = tf.math.log(tf.maximum(tf.cast(ago, tf.float32), 1.0))
        bias = tf.where(ago > 0, -self.worth[2] * age, NEVER)[:, None]
        return Words.of(keys, bias, ids, first, second)

    def __call__(
        self,
        h: tf.Tensor,
        logits: list[tf.Tensor],
        words: Words,
        first: tf.Tensor,
        second: tf.Tensor,
    ) -> Next:
        """What may come next, copies counted in.

        Args:
            h: ``[B*W, d]``, the decoder's states, normalised.
            logits: ``[B*W, tokens]``, of which there are ``vocabulary`` in all parts together.
            first, second: int32 ``[B, W]``, the tokens before.
        """
        known = first.shape[1]
        batch, width = (-1, known) if known else tf.unstack(tf.shape(first))
        asked = tf.reshape(tf.matmul(h, self.asked), [batch, width, 1 + CHANNELS])
        nowhere, queries = tf.split(asked, [1, CHANNELS], axis=2)
        scores = tf.matmul(queries, words.keys, transpose_b=True) + words.bias
        one, two = self.worth[0], self.worth[0] + self.worth[1]
        worth = tf.where(second[:, :, None] == words.second[:, None], two, one)
        scores += tf.where(first[:, :, None] == words.first[:, None], worth, 0.0)
        shares = tf.nn.softmax(tf.concat([nowhere + self.nowhere, scores], axis=2))
        none, copied = tf.split(shares, [1, tf.shape(scores)[2]], axis=2)

        sums = [tf.reduce_logsumexp(part, axis=1, keepdims=True) for part in logits]
        total = tf.reduce_logsumexp(tf.concat(sums, axis=1), axis=1, keepdims=True)
        shift = tf.math.log(tf.reshape(tf.maximum(none, LEAST), [-1, 1])) - total
        # Only what the story says gains: far fewer tokens than there are.
        copied = tf.reshape(tf.transpose(copied, [0, 2, 1]), [tf.shape(words.kinds)[0], width])
        copied = tf.math.unsorted_segment_sum(copied, words.kinds, tf.shape(words.tokens)[0])
        rows = (words.rows * width)[:, None] + tf.range(width)
        places = rows * self.vocabulary + words.tokens[:, None]
        flat = tf.reshape(tf.concat(logits, axis=1), [-1])
        more = tf.gather(shift[:, 0], rows)
        gained = tf.exp(tf.gather(flat, places) + more) + tf.maximum(copied, LEAST)
        logits_gained = tf.reshape(tf.math.log(gained) - more, [-1])
        flat = replaced(flat, tf.reshape(places, [-1]), logits_gained)
        return Next(
            tf.reshape(flat, [batch, width, self.vocabulary]), tf.reshape(shift, [batch, width, 1])
        )


def before(tokens: tf.Tensor) -> tf.Tensor:
    """The second token before each place, from the first: int32 ``[..., Q]`` each.

    At a sentence's beginning the first is BOS, and there is no second (0) before BOS or before a
    sentence's first token.
    """
    inside = tokens[..., 1:-1]
    lead = [[0, 0]] * (len(tokens.shape) - 1)
    return tf.pad(inside, [*lead, [2, 0]])[..., : tf.shape(tokens)[-1]]
