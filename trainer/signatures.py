"""The four signatures of a served model: ``suggest``, ``sample``, ``score``, ``embed``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainer.decoding.beam_search import BeamConfig, Hypotheses, beam_search
from trainer.decoding.generation import CandidateGenerator
from trainer.decoding.network.network import Network
from trainer.decoding.sampling import SamplingConfig, Sequences
from trainer.decoding.selection import Candidates
from trainer.decoding.text.codec import TextCodec
from trainer.decoding.text.copies import CopyFilter
from trainer.model.story_model import StoryModel

# How `suggest` samples where its search does not find ten good candidates.
TOP_UP_TEMPERATURE, TOP_UP_TOP_P = 1.0, 0.9

STRINGS = tf.TensorSpec([None], tf.string)
FLOATS = tf.TensorSpec([None], tf.float32)


class StoryService(tf.Module):
    """A trained model with its text processing: raw text in, raw text out.

    All inputs and outputs share the batch axis B and none is a scalar, so that TensorFlow
    Serving can batch requests. A row is one string, and its result depends on no other row.

    Args:
        max_sentence_tokens: longer sentences of a story are truncated; their end is kept.
        copies: filters sentences of the training text; if not given, nothing is filtered.
    """

    def __init__(
        self,
        model: StoryModel,
        codec: TextCodec,
        max_sentence_tokens: int,
        copies: CopyFilter | None = None,
        beam: BeamConfig | None = None,
        sampling: SamplingConfig | None = None,
    ):
        super().__init__(name="story_service")
        self.beam = beam or BeamConfig()
        self.network = Network(model)
        self.generator = CandidateGenerator(
            self.network,
            codec,
            copies or CopyFilter(),
            max_sentence_tokens,
            sampling or SamplingConfig(),
        )

    def signatures(self) -> dict[str, Any]:
        """Concrete functions by name; ``serving_default`` is ``suggest``."""
        suggest = tf.function(self.suggest, autograph=False).get_concrete_function(story=STRINGS)
        sample = tf.function(self.sample, autograph=False).get_concrete_function(
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
            "sample": sample,
            "score": score,
            "embed": embed,
        }

    def suggest(self, story: tf.Tensor) -> dict[str, tf.Tensor]:
        """Likely next sentences by diverse beam search; deterministic.

        Args:
            story: string ``[B]``, the story so far, one sentence per line, newest last.

        Returns:
            ``candidates`` string ``[B, K]``, best first; ``log_probs`` float32 ``[B, K]``, as
            ``score`` gives them for the same text; ``token_counts`` int32 ``[B, K]``, EOS
            included; ``embeddings`` float32 ``[B, K, d]``, unit length.
        """

        def candidates() -> Candidates:
            request = self.generator.encode_request(story)
            found = beam_search(self.network.decoder, request.story, request.recent, self.beam)
            pool = self.generator.pool(request, flatten_hypotheses(found))
            row = tf.ones_like(request.story.position, tf.float32)
            seed = tf.cast(tf.zeros_like(request.story.position), tf.int64)
            options = (TOP_UP_TEMPERATURE * row, TOP_UP_TOP_P * row, seed)
            return self.generator.candidates(request, pool, *options)

        return self._with_embeddings(candidates)

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
        """Next sentences by nucleus sampling; the same for the same seed.

        Args:
            story: as for :meth:`suggest`.
            prefix: string ``[B]``, with which every candidate begins; may be empty. It may end
                inside a word; a space at its end marks the word as complete.
            temperature: float32 ``[B]``, above 0; below 1 more predictable, above 1 less.
            top_p: float32 ``[B]``, above 0 and up to 1, probability mass of the nucleus.
            diversity: float32 ``[B]``, 0 or more, cost of a token in nats for each earlier
                candidate that took it at the same step.
            seed: int64 ``[B]``.
            avoid: string ``[B]``, sentences not to repeat, one per line.

        Returns:
            As :meth:`suggest`.

        Raises:
            tf.errors.InvalidArgumentError: an option is out of range, or a prefix has more than
                ``generation.MAX_PREFIX_TOKENS`` tokens.
        """

        def candidates() -> Candidates:
            with tf.control_dependencies(_checks(temperature, top_p, diversity)):
                request = self.generator.encode_request(story, prefix, avoid)
            sequences = self.generator.sample(request, temperature, top_p, diversity, seed)
            pool = self.generator.pool(request, sequences)
            return self.generator.candidates(request, pool, temperature, top_p, seed)

        return self._with_embeddings(candidates)

    def _with_embeddings(self, candidates: Callable[[], Candidates]) -> dict[str, tf.Tensor]:
        """The outputs, computed by two calls, so that a server computes embeddings only for
        requests that fetch them (``saved_graph.inline_calls``).
        """
        found = _as_call(candidates)
        outputs = found._asdict()
        ids = outputs.pop("ids")
        vectors = _as_call(lambda: self.generator.embeddings(ids, found.token_counts))
        return outputs | {"embeddings": vectors}

    def score(self, story: tf.Tensor, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """Log-probability of a sentence as the next one.

        Args:
            story: as for :meth:`suggest`.
            sentence: string ``[B]``; truncated to ``generation.MAX_SCORED_TOKENS`` tokens, of
                which the end is kept.

        Returns:
            ``log_prob`` float32 ``[B]``, natural logarithm, and ``token_count`` int32 ``[B]``,
            EOS included in both.
        """
        request = self.generator.encode_request(story)
        ids, lengths = self.generator.sentence(sentence)
        log_probs = self.network.log_likelihood(request.story, ids, lengths)
        return {"log_prob": log_probs[:, 0], "token_count": lengths[:, 0]}

    def embed(self, sentence: tf.Tensor) -> dict[str, tf.Tensor]:
        """The vector that the memory keeps of a sentence, normalised.

        Args:
            sentence: string ``[B]``.

        Returns:
            ``embedding`` float32 ``[B, d]``, unit length.
        """
        ids, lengths = self.generator.sentence(sentence)
        return {"embedding": self.generator.embeddings(ids, lengths)[:, 0]}


def flatten_hypotheses(found: Hypotheses) -> Sequences:
    """The hypotheses of all groups, ``[B, groups * finished]``, best score first."""
    shape = tf.shape(found.ids)
    flat = [shape[0], shape[1] * shape[2]]
    order = tf.argsort(tf.reshape(-found.scores, flat), stable=True)
    ids = tf.reshape(found.ids, [*flat, shape[3]])
    lengths, log_probs = tf.reshape(found.lengths, flat), tf.reshape(found.log_probs, flat)
    return Sequences(*(tf.gather(part, order, batch_dims=1) for part in (ids, lengths, log_probs)))


def _as_call(function: Callable[[], Any]) -> Any:
    """Run a function, as a call of its own when a graph is traced."""
    return function() if tf.executing_eagerly() else tf.function(function, autograph=False)()


def _checks(temperature: tf.Tensor, top_p: tf.Tensor, diversity: tf.Tensor) -> list[tf.Operation]:
    conditions = (
        (temperature > 0, "temperature must be above 0", temperature),
        ((top_p > 0) & (top_p <= 1), "top_p must be above 0 and up to 1", top_p),
        (diversity >= 0, "diversity must be 0 or more", diversity),
    )
    checks = [tf.debugging.Assert(tf.reduce_all(holds), [text, x]) for holds, text, x in conditions]
    return [check for check in checks if check is not None]  # None if run eagerly
