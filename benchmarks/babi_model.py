"""Asks the story model: facts are its memory, the question its context, the answer its target."""

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

# Where training begins. A novel's model must first learn to write and is not to be disturbed by an
# untrained memory; here there is nothing to learn but remembering.
GATE = 1.0  # of the memory, before its tanh
NOT_POINTING = 2.0  # score of pointing nowhere
TINY = 1e-20  # a share of nothing has a logarithm too
WORTH = (0.0, 0.0, 3.0)  # of the pointer: what a sentence e times as far back is worth less
VECTOR_SCALE = 0.1  # standard deviation of the vectors that say how long ago, and which round
LONGEST_AGO = 79  # sentences; what lies further back counts as that


class AnsweringModel(StoryModel):
    """A story model that decodes nothing but the first token of the last sentence.

    It says of it what ``StoryModel.call`` says (tested), from the same layers, but as that is all
    that is learnt here, facts are not decoded, and each sentence is encoded once a batch.

    Two things are its own. The decoder's layers are passed ``rounds`` times, so that the hops share
    their weights (Sukhbaatar et al. 2015, section 2.2, "RNN-like"), and a vector says which round
    it is (Dehghani et al. 2019, section 2.1). And what is recalled says how long ago it was, by a
    vector a place (Sukhbaatar et al., section 4.1, "temporal encoding"): the story model's memory
    knows that when it looks, but not from what it finds, and "where was he before that?" asks a
    second time from there.
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
        """Set the weights that say whether memory and pointer are looked at."""
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
        asked = ops.take(real, questions, axis=0)
        # The answer's one token stands at 0, and so does its sentence.
        behind = places - ops.sum(ops.cast(asked, "int32"), axis=1, keepdims=True)
        here = ops.zeros_like(questions)[:, None]
        x = self.dropout(self.embed(here + BOS_ID), training=training)
        own = here[..., None] == 0
        question, memory = ops.take(states, questions, axis=0), ops.take(vectors, facts, axis=0)
        memory = memory + ops.take(self.ago_embedding, ops.minimum(ago, LONGEST_AGO), axis=0)
        told, recalled = asked[:, None, :], (ago > 0)[:, None, :]
        seen = [
            (
                KeyValues(*layer.cross_attention.keys_values(question, behind), told),
                KeyValues(*layer.memory_attention.keys_values(memory, -ago), recalled),
            )
            for layer in self.decoder
        ]
        for hop in range(self.rounds):
            x = x + self.round_embedding[hop]
            for layer, (near, far) in zip(self.decoder, seen, strict=True):
                x = layer(x, here, here, own, near, far, training=training)
        x = ops.squeeze(self.out_norm(x), 1)
        facts = ops.concatenate([facts, questions[:, None]], axis=1)
        ago = ops.concatenate([ago, here + 1], axis=1)
        return self._mixed(x, states, sentences, facts, ago)

    def _mixed(
        self, x: Tensor, states: Tensor, sentences: Tensor, told: Tensor, ago: Tensor
    ) -> Tensor:
        """What vocabulary and pointer say together; ``told``, ``ago`` are of facts and question.

        ``trainer.model.pointer`` for one token that begins a sentence: what stands before it is
        BOS, as it is before the first word of every sentence.
        """
        of_vocabulary = ops.log_softmax(ops.matmul(x, ops.transpose(self.embedding)), axis=-1)
        before = ops.pad(states, ((0, 0), (1, 0), (0, 0)))[:, :-1]
        # Of every sentence of the batch, told or not: one product is cheaper than keys by story.
        scores = ops.einsum("bc,utc->but", self.pointer.query(x), self.pointer.key(before))
        scores = ops.take_along_axis(scores, told[..., None], axis=1) * CHANNELS**-0.5
        first = ops.cast(ops.arange(ops.shape(sentences)[1]) == 0, "float32")
        one, two, far = (self.pointer.feature_weights[i] for i in range(3))
        scores = scores + (one + two) * first
        distance = ops.log(ops.maximum(ops.cast(ago, "float32"), 1.0))
        scores = scores - far * distance[..., None]
        words = ops.take(sentences, told, axis=0)
        seen = ops.logical_and(words != PAD_ID, (ago > 0)[..., None])
        scores = ops.reshape(ops.where(seen, scores, NEG_INF), (ops.shape(told)[0], -1))
        scores = ops.concatenate([self.pointer.sentinel(x), scores], axis=1)
        shares = ops.softmax(scores, axis=-1)
        rows = ops.broadcast_to(ops.arange(ops.shape(told)[0])[:, None, None], ops.shape(words))
        copied = ops.scatter(
            ops.stack([ops.reshape(rows, (-1,)), ops.reshape(words, (-1,))], axis=-1),
            ops.reshape(shares[:, 1:], (-1,)),
            ops.shape(of_vocabulary),
        )
        return ops.log(shares[:, :1] * ops.exp(of_vocabulary) + copied + TINY)


class AnswerLearner(keras.Model):
    """An :class:`AnsweringModel` as ``fit`` calls it, which has one argument for all inputs."""

    def __init__(self, model: AnsweringModel, **kwargs: Any):
        super().__init__(**kwargs)
        self.model = model
        self.built = True

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        """Log-probabilities ``[B, vocabulary]``."""
        asked = (inputs[name] for name in ("sentences", "facts", "ago", "questions"))
        return self.model.answer(*asked, training=training)
