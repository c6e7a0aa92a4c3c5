"""The four signatures that a served model answers to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainer.decoding.answering import Answering
from trainer.decoding.beam_search import BeamConfig, Hypotheses, beam_search
from trainer.decoding.candidates import Candidates
from trainer.decoding.network.network import Network
from trainer.decoding.sampling import Drawn, SamplingConfig
from trainer.decoding.text.codec import TextCodec
from trainer.decoding.text.copies import CopyFilter
from trainer.model.story_model import StoryModel

# With what `suggest` draws where its search does not find ten good candidates.
TOP_UP_TEMPERATURE, TOP_UP_TOP_P = 1.0, 0.9

STRINGS = tf.TensorSpec([None], tf.string)
FLOATS = tf.TensorSpec([None], tf.float32)


class StoryService(tf.Module):
    """A trained model with its text rules: raw text in, raw text out.

    Every input and output shares its first axis B and none is a scalar, so that TensorFlow
    Serving can batch requests; a row is one string, and its answer depends on no other row.

    Args:
        longest: tokens that a sentence of a story is cut to (its end is kept).
        copies: knows the sentences of the training text; none if not given.
    """

    def __init__(
        self,
        model: StoryModel,
        codec: TextCodec,
        longest: int,
        copies: CopyFilter | None = None,
        beam: BeamConfig | None = None,
        sampling: SamplingConfig | None = None,
    ):
        super().__init__(name="story_service")
        self.beam = beam or BeamConfig()
        self.network = Network(model)
        self.answering = Answering(
            self.network, codec, copies or CopyFilter(), longest, sampling or SamplingConfig()
        )

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
            ``candidates`` string ``[B, K]``, best first; ``log_probs`` float32 ``[B, K]``, as
            ``score`` gives them for the same text; ``token_counts`` int32 ``[B, K]``, ends
            included; ``embeddings`` float32 ``[B, K, d]``, unit length.
        """

        def ten() -> Candidates:
            read = self.answering.read(story)
            found = beam_search(self.network.decoder, read.past, read.recent, self.beam)
            pool = self.answering.pool(read, likeliest_first(found))
            row = tf.ones_like(read.past.position, tf.float32)
            seed = tf.cast(tf.zeros_like(read.past.position), tf.int64)
            options = (TOP_UP_TEMPERATURE * row, TOP_UP_TOP_P * row, seed)
            return self.answering.answer(read, pool, *options)

        return self._with_vectors(ten)

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
            prefix: string ``[B]``, how every candidate begins; may be empty. It may end inside
                a word; a space at its end says that the word is complete.
            temperature: float32 ``[B]``, above 0; below 1 likelier, above 1 wilder.
            top_p: float32 ``[B]``, above 0 to 1, share of the nucleus.
            diversity: float32 ``[B]``, 0 or more, nats that a token costs for each earlier
                candidate that took it at the same step.
            seed: int64 ``[B]``.
            avoid: string ``[B]``, sentences not to repeat, one a line.

        Returns:
            As :meth:`suggest`.

        Raises:
            tf.errors.InvalidArgumentError: an option is out of its range, or a prefix has more
                than ``answering.LONGEST_PREFIX`` tokens.
        """

        def ten() -> Candidates:
            with tf.control_dependencies(_checks(temperature, top_p, diversity)):
                read = self.answering.read(story, prefix, avoid)
            drawn = self.answering.draw(read, temperature, top_p, diversity, seed)
            pool = self.answering.pool(read, drawn)
            return self.answering.answer(read, pool, temperature, top_p, seed)

        return self._with_vectors(ten)

    def _with_vectors(self, ten: Callable[[], Candidates]) -> dict[str, tf.Tensor]:
        """An answer, made by two calls in a graph, so that a server makes vectors only for those
        who ask for them (``saved_graph.write_out``).
        """
        found = _called(ten)
        answer = found._asdict()
        ids = answer.pop("ids")
        vectors = _called(lambda: self.answering.embeddings(ids, found.token_counts))
        return answer | {"embeddings": vectors}

    def score(self, story: tf.Tensor, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """Log-probability of a sentence as the next one.

        Args:
            story: as for :meth:`suggest`.
            sentence: string ``[B]``; beyond ``LONGEST_SCORED`` tokens only its end counts.

        Returns:
            ``log_prob`` float32 ``[B]``, natural logarithm, and ``token_count`` int32 ``[B]``,
            both with the sentence's end.
        """
        read = self.answering.read(story)
        ids, lengths = self.answering.sentence(sentence)
        log_probs = self.network.log_likelihood(read.past, ids, lengths)
        return {"log_prob": log_probs[:, 0], "token_count": lengths[:, 0]}

    def embed(self, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """The vector by which the memory knows a sentence.

        Args:
            sentence: string ``[B]``.

        Returns:
            ``embedding`` float32 ``[B, d]``, unit length.
        """
        ids, lengths = self.answering.sentence(sentence)
        return {"embedding": self.answering.embeddings(ids, lengths)[:, 0]}


def likeliest_first(found: Hypotheses) -> Drawn:
    """The hypotheses of all groups in one row ``[B, groups * kept]``, best score first."""
    shape = tf.shape(found.ids)
    flat = [shape[0], shape[1] * shape[2]]
    order = tf.argsort(tf.reshape(-found.scores, flat), stable=True)
    ids = tf.reshape(found.ids, [*flat, shape[3]])
    lengths, log_probs = tf.reshape(found.lengths, flat), tf.reshape(found.log_probs, flat)
    return Drawn(*(tf.gather(part, order, batch_dims=1) for part in (ids, lengths, log_probs)))


def _called(function: Callable[[], Any]) -> Any:
    """What a function gives, in a graph as a call of it."""
    return function() if tf.executing_eagerly() else tf.function(function, autograph=False)()


def _checks(temperature: tf.Tensor, top_p: tf.Tensor, diversity: tf.Tensor) -> list[tf.Operation]:
    wishes = (
        (temperature > 0, "temperature must be above 0", temperature),
        ((top_p > 0) & (top_p <= 1), "top_p must be above 0 and at most 1", top_p),
        (diversity >= 0, "diversity must be 0 or more", diversity),
    )
    checks = [tf.debugging.Assert(tf.reduce_all(holds), [text, x]) for holds, text, x in wishes]
    return [check for check in checks if check is not None]  # eager ones are done
