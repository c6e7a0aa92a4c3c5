"""From the sentences of a story to what decoding sees of it."""

from __future__ import annotations

import tensorflow as tf

from pipeline.records import BOS_ID
from trainer.decoding.network.decoder import FusedDecoder, Past
from trainer.decoding.network.encoder import FusedEncoder
from trainer.decoding.network.pointer import Words, before
from trainer.model.story_model import StoryModel


class Network(tf.Module):
    """A model's weights, laid out for decoding."""

    def __init__(self, model: StoryModel):
        super().__init__()
        self.config = model.config
        self.encoder = FusedEncoder(model)
        self.decoder = FusedDecoder(model)

    def read_story(self, ids: tf.Tensor, lengths: tf.Tensor) -> Past:
        """Read a story: its last C sentences token by token, those before as a vector each.

        Words of all of them may be copied.

        Args:
            ids: int32 ``[B, N, S]``, sentences closed by EOS, oldest first.
            lengths: int32 ``[B, N]``, 0 for slots without a sentence, which come last.
        """
        shape = tf.shape(ids)
        near = self.config.context_sentences
        flat, vectors = self.encoder(tf.reshape(ids, [-1, shape[2]]), tf.reshape(lengths, [-1]))
        count = tf.reduce_sum(tf.cast(lengths > 0, tf.int32), axis=1)
        numbers = tf.range(shape[1])[None]
        ago = count[:, None] - numbers

        # Tokens of the context follow one another in the flat row.
        held = tf.reduce_sum(tf.where(ago <= near, lengths, 0), axis=1)
        ends = tf.cumsum(tf.reduce_sum(lengths, axis=1))
        columns = tf.range(tf.reduce_max(held))[None]
        seen = columns < held[:, None]
        places = tf.where(seen, (ends - held)[:, None] + columns, 0)
        memory = tf.reshape(vectors, [shape[0], shape[1], flat.shape[-1]])
        far = tf.where(ago > near, ago, 0)
        if not self.config.memory:
            ago, far = ago - far, tf.zeros_like(far)
        words = self._words(ids, lengths, flat, ago)
        return self.decoder.see(tf.gather(flat, places), seen, memory, far, words)

    def _words(
        self, ids: tf.Tensor, lengths: tf.Tensor, states: tf.Tensor, ago: tf.Tensor
    ) -> Words:
        """The story's tokens, one after the other.

        Args:
            states: ``[tokens + 1, d]``, of all real tokens of the batch.
            ago: int32 ``[B, N]``, how many sentences ago each was.
        """
        real = tf.sequence_mask(lengths, tf.shape(ids)[2])
        totals = tf.reduce_sum(lengths, axis=1)
        columns = tf.range(tf.reduce_max(totals))[None]
        there = columns < totals[:, None]
        places = tf.where(there, tf.cumsum(totals, exclusive=True)[:, None] + columns, 0)

        def in_a_row(each: tf.Tensor) -> tf.Tensor:
            flat = tf.boolean_mask(tf.broadcast_to(each, tf.shape(ids)), real)
            return tf.where(there, tf.gather(tf.pad(flat, [[0, 1]]), places), 0)

        first = tf.pad(ids, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
        begins = in_a_row(tf.range(tf.shape(ids)[2])) == 0
        earlier = tf.gather(states, tf.maximum(places - 1, 0))
        return self.decoder.pointer.see(
            tf.where(begins[..., None], 0.0, earlier),
            in_a_row(ids),
            in_a_row(first),
            in_a_row(before(first)),
            in_a_row(ago[..., None]),
        )

    def log_likelihood(self, past: Past, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Log-probability of whole sentences as the next one.

        Args:
            ids: int32 ``[B, K, S]``, closed by EOS.
            lengths: int32 ``[B, K]``.

        Returns:
            float32 ``[B, K]``, natural logarithms, ends included.
        """
        before = tf.pad(ids, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
        log_probs, _ = self.decoder.read(past, before)
        chosen = tf.gather(log_probs, ids[..., None], batch_dims=3)[..., 0]
        real = tf.range(tf.shape(ids)[2]) < lengths[..., None]
        return tf.reduce_sum(tf.where(real, chosen, 0.0), axis=2)
