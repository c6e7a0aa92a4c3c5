"""The story model on bAbI: facts as memory, the question as context, the answer as target."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
from keras import ops

from pipeline.records import BOS_ID, PAD_ID
from trainer.configuration import ModelConfig
from trainer.model.decoder import KeyValues
from trainer.model.layers import NEG_INF, Tensor
from trainer.model.pointer import CHANNELS
from trainer.model.story_model import StoryModel

# Initial values. On novels the memory starts closed, so that it does not disturb the model while it
# learns to write; here there is nothing to learn but recall.
GATE = 1.0  # of the memory, before its tanh
NOT_POINTING = 2.0  # bias of the score of not pointing
TINY = 1e-20  # keeps the logarithm of a probability of 0 finite
WORTH = (0.0, 0.0, 3.0)  # of the pointer; the last is subtracted for each factor e of distance
VECTOR_SCALE = 0.1  # standard deviation of the distance and round embeddings
LONGEST_AGO = 79  # sentences; larger distances are clipped to it


class AnsweringModel(StoryModel):
    """A story model that decodes only the first token of the last sentence.

    Its layers are those of the story model, and so are its log-probabilities for that token
    (tested). Since nothing else is learnt here, facts are not decoded, and each sentence is encoded
    once per batch.

    It differs in two ways. The decoder layers are applied ``rounds`` times, so that the hops share
    their weights (Sukhbaatar et al. 2015, section 2.2, "RNN-like"), and an embedding says which
    round it is (Dehghani et al. 2019, section 2.1). And memory vectors have an embedding of their
    distance added (Sukhbaatar et al., section 4.1, "temporal encoding"): the story model uses
    distances for attention, but its values do not contain them, and a question such as "where was
    he before that?" needs them for its second hop.
    """

    def __init__(self, config: ModelConfig, rounds: int = 1, **kwargs: Any):
        super().__init__(dataclasses.replace(config, context_sentences=1), **kwargs)
        self.rounds = rounds
        self.ago_embedding = self.add_weight(
            name="ago_embedding",  # the name keeps it from decaying
            shape=(LONGEST_AGO + 1, config.width),
            initializer=keras.initializers.RandomNormal(stddev=VECTOR_SCALE),
        )
        self.round_embedding = self.add_weight(
            name="round_embedding",
            shape=(rounds, config.width),
            initializer=keras.initializers.RandomNormal(stddev=VECTOR_SCALE),
        )

    def begin(self) -> None:
        """Set the initial values that open the memory and the pointer."""
        for layer in self.decoder:
            layer.memory_gate.assign(ops.full_like(layer.memory_gate, GATE))
        self.pointer.sentinel.bias.assign([NOT_POINTING])
        self.pointer.feature_weights.assign(WORTH)

    def answer(
        self,
        sentences: Tensor,
        facts: Tensor,
        ago: Tensor,
        questions: Tensor,
        training: bool = False,
    ) -> Tensor:
        """Log-probabilities ``[B, vocabulary]`` of the answer.

        Args:
            sentences, facts, ago, questions: see ``benchmarks.babi_batches.together``.
        """
        real = sentences != PAD_ID
        places = ops.arange(ops.shape(sentences)[1])[None]
        states = self.encode(sentences, ops.where(real, 0, -1), places, training=training)
        vectors = ops.squeeze(self.encoder.pool(states, real[:, None, :]), 1)
        question_mask = ops.take(real, questions, axis=0)
        # The answer's only token has position 0, and so has its sentence.
        behind = places - ops.sum(ops.cast(question_mask, "int32"), axis=1, keepdims=True)
        zero = ops.zeros_like(questions)[:, None]
        x = self.dropout(self.embed(zero + BOS_ID), training=training)
        self_mask = zero[..., None] == 0
        question, memory = ops.take(states, questions, axis=0), ops.take(vectors, facts, axis=0)
        memory = memory + ops.take(self.ago_embedding, ops.minimum(ago, LONGEST_AGO), axis=0)
        context_mask, memory_mask = question_mask[:, None, :], (ago > 0)[:, None, :]
        attended = [
            (
                KeyValues(*layer.cross_attention.keys_values(question, behind), context_mask),
                KeyValues(*layer.memory_attention.keys_values(memory, -ago), memory_mask),
            )
            for layer in self.decoder
        ]
        for hop in range(self.rounds):
            x = x + self.round_embedding[hop]
            for layer, (near, far) in zip(self.decoder, attended, strict=True):
                x = layer(x, zero, zero, self_mask, near, far, training=training)
        x = ops.squeeze(self.out_norm(x), 1)
        facts = ops.concatenate([facts, questions[:, None]], axis=1)
        ago = ops.concatenate([ago, zero + 1], axis=1)
        return self._mixed(x, states, sentences, facts, ago)

    def _mixed(
        self, x: Tensor, states: Tensor, sentences: Tensor, rows: Tensor, ago: Tensor
    ) -> Tensor:
        """Log-probabilities from vocabulary and pointer; ``rows``, ``ago``: of facts and question.

        ``trainer.model.pointer`` for a single token at the start of a sentence: BOS precedes it,
        as it precedes the first word of every sentence.
        """
        of_vocabulary = ops.log_softmax(ops.matmul(x, ops.transpose(self.embedding)), axis=-1)
        before = ops.pad(states, ((0, 0), (1, 0), (0, 0)))[:, :-1]
        # For every sentence in the batch: one product is cheaper than separate keys per story.
        scores = ops.einsum("bc,utc->but", self.pointer.query(x), self.pointer.key(before))
        scores = ops.take_along_axis(scores, rows[..., None], axis=1) * CHANNELS**-0.5
        first = ops.cast(ops.arange(ops.shape(sentences)[1]) == 0, "float32")
        one, two, far = (self.pointer.feature_weights[i] for i in range(3))
        scores = scores + (one + two) * first
        distance = ops.log(ops.maximum(ops.cast(ago, "float32"), 1.0))
        scores = scores - far * distance[..., None]
        words = ops.take(sentences, rows, axis=0)
        seen = ops.logical_and(words != PAD_ID, (ago > 0)[..., None])
        scores = ops.reshape(ops.where(seen, scores, NEG_INF), (ops.shape(rows)[0], -1))
        scores = ops.concatenate([self.pointer.sentinel(x), scores], axis=1)
        weights = ops.softmax(scores, axis=-1)
        examples = ops.broadcast_to(ops.arange(ops.shape(rows)[0])[:, None, None], ops.shape(words))
        copied = ops.scatter(
            ops.stack([ops.reshape(examples, (-1,)), ops.reshape(words, (-1,))], axis=-1),
            ops.reshape(weights[:, 1:], (-1,)),
            ops.shape(of_vocabulary),
        )
        return ops.log(weights[:, :1] * ops.exp(of_vocabulary) + copied + TINY)


class AnswerLearner(keras.Model):
    """Wraps an :class:`AnsweringModel` for ``fit``, which passes all inputs as one argument."""

    def __init__(self, model: AnsweringModel, **kwargs: Any):
        super().__init__(**kwargs)
        self.model = model
        self.built = True

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        """Log-probabilities ``[B, vocabulary]``."""
        return self.model.answer(
            inputs["sentences"], inputs["facts"], inputs["ago"], inputs["questions"], training
        )
