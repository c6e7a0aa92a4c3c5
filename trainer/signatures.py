"""The four signatures that a served model answers to."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainer.decoding.beam_search import BeamConfig, beam_search
from trainer.decoding.candidates import CANDIDATES, Candidates, best_first, choose
from trainer.decoding.past import Past, encode_sentences, log_likelihood, read_story
from trainer.decoding.sampling import SamplingConfig, SamplingOptions, sample
from trainer.decoding.text import TextCodec
from trainer.model import StoryModel

MEMORY_SENTENCES = 128  # as long as a passage in training
AVOIDED_SENTENCES = 256
LONGEST_SCORED = 512  # tokens of a sentence that is scored or begun

STRINGS = tf.TensorSpec([None], tf.string)
FLOATS = tf.TensorSpec([None], tf.float32)


class StoryService(tf.Module):
    """A trained model with its text rules: raw text in, raw text out.

    Every input and output shares its first axis B and none is a scalar, so that TensorFlow
    Serving can batch requests; a row is one string.

    Args:
        longest: tokens that a sentence of a story is cut to (its end is kept).
    """

    def __init__(self, model: StoryModel, codec: TextCodec, longest: int):
        super().__init__(name="story_service")
        self.model, self.codec, self.longest = model, codec, longest
        # Keras keeps its variables where tf.Module does not look for them.
        self.weights = [variable.value for variable in model.variables]
        self.beam = BeamConfig()
        self.sampling = SamplingConfig()

    def signatures(self) -> dict[str, Any]:
        """Concrete functions by name; ``suggest`` is also the default."""
        suggest = tf.function(self.suggest, autograph=False).get_concrete_function(story=STRINGS)
        drawn = tf.function(self.sample, autograph=False).get_concrete_function(
            story=STRINGS,
            prefix=STRINGS,
            temperature=FLOATS,
            top_p=FLOATS,
            diversity=FLOATS,
            seed=tf.TensorSpec([None], tf.int64),
            avoid=STRINGS,
        )
        score = tf.function(self.score, autograph=False).get_concrete_function(
            story=STRINGS, sentence=STRINGS
        )
        embed = tf.function(self.embed, autograph=False).get_concrete_function(sentence=STRINGS)
        return {
            "serving_default": suggest,
            "suggest": suggest,
            "sample": drawn,
            "score": score,
            "embed": embed,
        }

    def suggest(self, story: tf.Tensor) -> dict[str, tf.Tensor]:
        """Likely next sentences by diverse beam search; the same for the same story.

        Args:
            story: string ``[B]``, the story so far, one sentence a line, newest last.

        Returns:
            The parts of :class:`Candidates` by name.
        """
        past = self._read(story)
        found = beam_search(self.model, past, self.beam)
        shape = tf.shape(found.ids)
        flat = [shape[0], shape[1] * shape[2]]
        texts = self.codec.decode(
            tf.reshape(found.ids, [*flat, shape[3]]), tf.reshape(found.lengths, flat)
        )
        # Each group's best come before any group's further ones.
        rank = tf.cast(tf.range(self.beam.beams), tf.float32) // (CANDIDATES / self.beam.groups)
        priority = tf.reshape(rank * 1e3 - tf.maximum(found.scores, -1e3), flat)
        nothing = tf.RaggedTensor.from_row_lengths(
            tf.constant([], tf.string), tf.zeros([shape[0]], tf.int32)
        )
        return self._answer(past, choose(texts, priority, nothing))

    def sample(
        self,
        story: tf.Tensor,
        prefix: tf.Tensor,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        diversity: tf.Tensor,
        seed: tf.Tensor,
        avoid: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Next sentences drawn at random; the same for the same seed.

        Args:
            story: as for :meth:`suggest`.
            prefix: string ``[B]``, how every candidate begins; may be empty.
            temperature: float32 ``[B]``, above 0; below 1 likelier, above 1 wilder.
            top_p: float32 ``[B]``, above 0 to 1, share of the nucleus.
            diversity: float32 ``[B]``, 0 or more, nats that a token costs for each earlier
                candidate that took it at the same step.
            seed: int64 ``[B]``.
            avoid: string ``[B]``, sentences not to repeat, one a line.

        Returns:
            The parts of :class:`Candidates` by name.

        Raises:
            tf.errors.InvalidArgumentError: an option is out of its range.
        """
        checks = [
            tf.debugging.Assert(
                tf.reduce_all(temperature > 0), ["temperature must be above 0", temperature]
            ),
            tf.debugging.Assert(
                tf.reduce_all((top_p > 0) & (top_p <= 1)),
                ["top_p must be above 0 and at most 1", top_p],
            ),
            tf.debugging.Assert(
                tf.reduce_all(diversity >= 0), ["diversity must be 0 or more", diversity]
            ),
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            past = self._read(story)
        avoided = self.codec.lines(avoid, AVOIDED_SENTENCES)
        avoided_ids, _ = self.codec.with_end(self.codec.encode(avoided), self.longest)
        begun = self.codec.encode(self.codec.normalise(prefix))[:, :LONGEST_SCORED]
        options = SamplingOptions(
            temperature,
            top_p,
            diversity,
            seed,
            begun.to_tensor(),
            tf.cast(begun.row_lengths(), tf.int32),
            avoided_ids,
        )
        ids, lengths = sample(self.model, past, options, self.sampling)
        texts = self.codec.decode(ids, lengths)
        in_order = tf.cast(tf.range(tf.shape(texts)[1]), tf.float32)
        priority = tf.broadcast_to(in_order, tf.shape(texts))
        return self._answer(past, choose(texts, priority, avoided))

    def score(self, story: tf.Tensor, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """Log-probability of a sentence as the next one.

        Args:
            story: as for :meth:`suggest`.
            sentence: string ``[B]``; beyond ``LONGEST_SCORED`` tokens only its end counts.

        Returns:
            ``log_prob`` float32 ``[B]``, natural logarithm, and ``token_count`` int32 ``[B]``,
            both with the sentence's end.
        """
        past = self._read(story)
        log_probs, counts, _ = self._measure(past, self.codec.normalise(sentence)[:, None])
        return {"log_prob": log_probs[:, 0], "token_count": counts[:, 0]}

    def embed(self, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """The vector by which the memory knows a sentence.

        Args:
            sentence: string ``[B]``.

        Returns:
            ``embedding`` float32 ``[B, d]``, unit length.
        """
        ids, lengths = self._tokens(self.codec.normalise(sentence)[:, None])
        return {"embedding": self._embeddings(ids, lengths)[:, 0]}

    def _read(self, story: tf.Tensor) -> Past:
        last = MEMORY_SENTENCES + self.model.config.context_sentences
        lines = self.codec.lines(story, last)
        ids, lengths = self.codec.with_end(self.codec.encode(lines), self.longest)
        return read_story(self.model, ids, lengths)

    def _tokens(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ragged = tf.RaggedTensor.from_tensor(texts)
        return self.codec.with_end(self.codec.encode(ragged), LONGEST_SCORED)

    def _embeddings(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        _, vectors, _ = encode_sentences(self.model, ids, lengths)
        return tf.math.l2_normalize(tf.cast(vectors, tf.float32), axis=-1)

    def _measure(
        self, past: Past, texts: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        ids, lengths = self._tokens(texts)
        return log_likelihood(self.model, past, ids, lengths), lengths, (ids, lengths)

    def _answer(self, past: Past, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """Measure the chosen texts anew: the search saw one of several ways to spell them."""
        texts = tf.ensure_shape(texts, [None, CANDIDATES])
        log_probs, counts, tokens = self._measure(past, texts)
        embeddings = self._embeddings(*tokens)
        return best_first(Candidates(texts, log_probs, counts, embeddings))._asdict()
