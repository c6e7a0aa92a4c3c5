"""The story model at inference: encodes stories and scores sentences."""

from __future__ import annotations

import tensorflow as tf

from pipeline.records import BOS_ID
from trainer.decoding.network.decoder import EncodedStory, InferenceDecoder
from trainer.decoding.network.encoder import InferenceEncoder
from trainer.decoding.network.pointer import CopySource, second_previous
from trainer.model.story_model import StoryModel


class Network(tf.Module):
    """A model's weights, laid out for inference."""

    def __init__(self, model: StoryModel):
        super().__init__()
        self.config = model.config
        self.encoder = InferenceEncoder(model)
        self.decoder = InferenceDecoder(model)

    def encode_story(self, ids: tf.Tensor, lengths: tf.Tensor) -> EncodedStory:
        """Encode a story: its last C sentences as tokens, those before as one vector each.

        Words of all of them may be copied.

        Args:
            ids: int32 ``[B, N, S]``, sentences closed by EOS, oldest first.
            lengths: int32 ``[B, N]``, 0 for empty slots, which come last.
        """
        shape = tf.shape(ids)
        near = self.config.context_sentences
        states, vectors = self.encoder(tf.reshape(ids, [-1, shape[2]]), tf.reshape(lengths, [-1]))
        count = tf.reduce_sum(tf.cast(lengths > 0, tf.int32), axis=1)
        numbers = tf.range(shape[1])[None]
        sentences_ago = count[:, None] - numbers

        # The context's tokens are contiguous in the flat row of states.
        size = tf.reduce_sum(tf.where(sentences_ago <= near, lengths, 0), axis=1)
        ends = tf.cumsum(tf.reduce_sum(lengths, axis=1))
        columns = tf.range(tf.reduce_max(size))[None]
        context_mask = columns < size[:, None]
        places = tf.where(context_mask, (ends - size)[:, None] + columns, 0)
        memory = tf.reshape(vectors, [shape[0], shape[1], states.shape[-1]])
        memory_ago = tf.where(sentences_ago > near, sentences_ago, 0)
        if not self.config.memory:
            sentences_ago, memory_ago = sentences_ago - memory_ago, tf.zeros_like(memory_ago)
        copy_source = self._copy_source(ids, lengths, states, sentences_ago)
        return self.decoder.project_story(
            tf.gather(states, places), context_mask, memory, memory_ago, copy_source
        )

    def _copy_source(
        self, ids: tf.Tensor, lengths: tf.Tensor, states: tf.Tensor, sentences_ago: tf.Tensor
    ) -> CopySource:
        """The story's tokens, without padding between sentences.

        Args:
            states: ``[tokens + 1, d]``, of all real tokens of the batch.
            sentences_ago: int32 ``[B, N]``.
        """
        real = tf.sequence_mask(lengths, tf.shape(ids)[2])
        totals = tf.reduce_sum(lengths, axis=1)
        columns = tf.range(tf.reduce_max(totals))[None]
        filled = columns < totals[:, None]
        places = tf.where(filled, tf.cumsum(totals, exclusive=True)[:, None] + columns, 0)

        def packed(values: tf.Tensor) -> tf.Tensor:
            flat = tf.boolean_mask(tf.broadcast_to(values, tf.shape(ids)), real)
            return tf.where(filled, tf.gather(tf.pad(flat, [[0, 1]]), places), 0)

        previous = tf.pad(ids, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
        is_first = packed(tf.range(tf.shape(ids)[2])) == 0
        previous_states = tf.gather(states, tf.maximum(places - 1, 0))
        return self.decoder.pointer.project_source(
            tf.where(is_first[..., None], 0.0, previous_states),
            packed(ids),
            packed(previous),
            packed(second_previous(previous)),
            packed(sentences_ago[..., None]),
        )

    def log_likelihood(self, story: EncodedStory, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Log-probability of whole sentences as the next one.

        Args:
            ids: int32 ``[B, K, S]``, closed by EOS.
            lengths: int32 ``[B, K]``.

        Returns:
            float32 ``[B, K]``, natural logarithms, EOS included.
        """
        inputs = tf.pad(ids, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
        log_probs, _ = self.decoder.forward(story, inputs)
        chosen = tf.gather(log_probs, ids[..., None], batch_dims=3)[..., 0]
        real = tf.range(tf.shape(ids)[2]) < lengths[..., None]
        return tf.reduce_sum(tf.where(real, chosen, 0.0), axis=2)
