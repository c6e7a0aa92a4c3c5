"""The decoder at inference: one token of every beam, or whole sentences at once."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from trainer.decoding.network.attention import CrossAttention, MemoryAttention, SelfAttention, Shape
from trainer.decoding.network.cache import KeyValueCache, StepView
from trainer.decoding.network.kernels import (
    InferenceFeedForward,
    Projections,
    RotaryAngles,
    ShardedDense,
    rms_norm,
    rotary_angles,
)
from trainer.decoding.network.pointer import (
    CopySource,
    InferencePointer,
    NextTokenLogits,
    second_previous,
)
from trainer.model.decoder import DecoderLayer
from trainer.model.layers import NEG_INF
from trainer.model.story_model import StoryModel

T = TypeVar("T")


class EncodedStory(NamedTuple):
    """The story's part of the computation, which is the same for every candidate.

    Slot 0 of context and memory is null, so that a query can attend to nothing (see
    ``trainer.model.layers.Attention``). The first axis of keys and values counts layers, or the
    branches of all layers, layer after layer.

    Attributes:
        context_keys, context_values: ``[branches, B, heads, T + 1, channels]``.
        memory_keys, memory_values: ``[layers, B, d, heads * (N + 1)]`` and
            ``[layers, B, heads * (N + 1), d]``; see :class:`MemoryAttention`.
        context_bias: float32 ``[B, 1, 1, T + 1]``, 0 or ``NEG_INF``.
        memory_bias: float32 ``[B, 1, 1, N + 1]``.
        copy_source: the tokens that may be copied.
        position: int32 ``[B]``, position in the running text at which the next sentence begins.
    """

    context_keys: tf.Tensor
    context_values: tf.Tensor
    memory_keys: tf.Tensor
    memory_values: tf.Tensor
    context_bias: tf.Tensor
    memory_bias: tf.Tensor
    copy_source: CopySource
    position: tf.Tensor

    def gather(self, stories: tf.Tensor) -> EncodedStory:
        """Select stories of the batch, int ``[n]``; one may be selected several times."""
        return EncodedStory(
            tf.gather(self.context_keys, stories, axis=1),
            tf.gather(self.context_values, stories, axis=1),
            tf.gather(self.memory_keys, stories, axis=1),
            tf.gather(self.memory_values, stories, axis=1),
            tf.gather(self.context_bias, stories),
            tf.gather(self.memory_bias, stories),
            self.copy_source.gather(stories),
            tf.gather(self.position, stories),
        )


class InferenceDecoder(tf.Module):
    """Computes what ``StoryModel`` computes for a target sentence, from an :class:`EncodedStory`.

    Attributes:
        heads: of a branch.
        branches: of all layers together.
    """

    def __init__(self, model: StoryModel):
        super().__init__()
        self.width, self.vocabulary = model.config.width, model.config.vocabulary
        self.channels = self.width // model.config.heads
        self.embedding = model.embedding.value
        # [d, vocabulary]: multiplying by a transposed matrix takes three to eight times as long.
        self.out = ShardedDense((np.asarray(model.embedding) * np.asarray(model.out_norm.scale)).T)
        self.layers = [_Layer(layer) for layer in model.decoder]
        self.pointer = InferencePointer(model)
        self.heads = self.layers[0].self_attention[0].heads
        self.branches = sum(len(layer.self_attention) for layer in self.layers)

    def project_story(
        self,
        context: tf.Tensor,
        context_mask: tf.Tensor,
        memory: tf.Tensor,
        sentences_ago: tf.Tensor,
        copy_source: CopySource,
    ) -> EncodedStory:
        """Project context and memory for all layers.

        Args:
            context: ``[B, T, d]``, token states of the context sentences, oldest first.
            context_mask: bool ``[B, T]``, True for real tokens, which come first.
            memory: ``[B, N, d]``, vectors of earlier sentences, oldest first.
            sentences_ago: int32 ``[B, N]``, how many sentences ago each was; 0 for empty slots.
            copy_source: from ``self.pointer.project_source``.
        """
        positions = tf.cumsum(tf.cast(context_mask, tf.int32), axis=1)
        angles = rotary_angles(positions, self.channels)
        memory_angles = rotary_angles(-sentences_ago, self.channels)
        context_parts = [
            branch.keys_values(context, angles)
            for layer in self.layers
            for branch in layer.cross_attention
        ]
        memory_parts = [
            layer.memory_attention.keys_values(memory, memory_angles) for layer in self.layers
        ]
        context_keys, context_values = map(tf.stack, zip(*context_parts, strict=True))
        memory_keys, memory_values = map(tf.stack, zip(*memory_parts, strict=True))
        return EncodedStory(
            context_keys,
            context_values,
            memory_keys,
            memory_values,
            _bias(context_mask),
            _bias(sentences_ago > 0),
            copy_source,
            tf.reduce_sum(tf.cast(context_mask, tf.int32), axis=1),
        )

    def empty_caches(
        self, batch: tf.Tensor, groups: int, beams: int, capacity: tf.Tensor | int
    ) -> list[KeyValueCache]:
        """Caches for up to ``capacity`` steps, one for each branch."""
        rows = batch * groups * self.heads * (capacity + 1) * beams

        def empty() -> tf.Tensor:
            # Not tf.zeros: the graph optimizer merges equal constants, and each of these is
            # written in place.
            new = tf.raw_ops.Empty(shape=[rows, self.channels], dtype=tf.float32, init=True)
            return tf.ensure_shape(new, [None, self.channels])

        return [KeyValueCache(empty(), empty()) for _ in range(self.branches)]

    def prefix_caches(
        self, keys_values: list[tuple[tf.Tensor, tf.Tensor]], streams: int, capacity: int
    ) -> list[KeyValueCache]:
        """Caches of streams (groups of one beam) that all continue the same prefix.

        Args:
            keys_values: from :meth:`forward` of one prefix a story, each
                ``[B, heads, P, channels]``; they take steps 1 to P.
            capacity: steps after the prefix.
        """

        def repeat(part: tf.Tensor) -> tf.Tensor:
            part = tf.pad(part, [[0, 0], [0, 0], [1, capacity], [0, 0]])[:, None]
            part = tf.tile(part, [1, streams, 1, 1, 1])
            return tf.reshape(part, [-1, self.channels])

        return [KeyValueCache(repeat(keys), repeat(values)) for keys, values in keys_values]

    def step(
        self,
        story: EncodedStory,
        tokens: tf.Tensor,
        previous: tf.Tensor,
        place: tf.Tensor,
        view: StepView,
        caches: list[KeyValueCache],
    ) -> tuple[NextTokenLogits, list[KeyValueCache]]:
        """Decode one token of each beam.

        Args:
            tokens: int32 ``[B, W]``, the newest tokens.
            previous: int32 ``[B, W]``, the tokens before them; 0 for BOS and a sentence's first.
            place: int32 ``[B]`` or ``[1]``, index of ``tokens`` in their sentence; BOS has 0.
            view: where they go in the caches and what each beam attends to.

        Returns:
            The logits of the next token, and the extended caches, one for each branch.
        """
        angles = self._angles(story, place[:, None])
        x = self._embed(tokens)
        rows = [-1, view.width]  # B is left open: computing a shape costs operations
        extended: list[KeyValueCache] = []
        for layer, inputs, branches in zip(
            self.layers, self._layer_inputs(story), self._by_layer(caches), strict=True
        ):
            x, written = layer.self_attention_step(x, angles, view, branches)
            x = layer.after_self_attention(x, rows, angles, story, inputs)
            extended += written
        return self._next_token(x, story, tokens, previous), extended

    def forward(
        self, story: EncodedStory, tokens: tf.Tensor
    ) -> tuple[tf.Tensor, list[tuple[tf.Tensor, tf.Tensor]]]:
        """Log-probabilities after every token of whole sentences, all positions at once.

        Args:
            tokens: int32 ``[B, K, Q]``, each sentence beginning with BOS. Attention is causal.

        Returns:
            float32 ``[B, K, Q, vocabulary]``, and for each branch the keys and values
            ``[B*K, heads, Q, channels]``.
        """
        shape = tf.shape(tokens)
        size, rows = shape[2], [shape[0], shape[1] * shape[2]]
        sentences = [shape[0] * shape[1], size]
        places = tf.tile(tf.range(size)[None], [shape[0], shape[1]])
        angles = self._angles(story, places)
        x = self._embed(tokens)
        lower = tf.linalg.band_part(tf.ones([size, size], tf.bool), -1, 0)
        causal = tf.where(lower, 0.0, NEG_INF)
        keys_values: list[tuple[tf.Tensor, tf.Tensor]] = []
        for layer, inputs in zip(self.layers, self._layer_inputs(story), strict=True):
            x, projected = layer.self_attention_forward(x, rows, sentences, angles, causal)
            x = layer.after_self_attention(x, rows, angles, story, inputs)
            keys_values += projected
        newest, previous = (tf.reshape(part, rows) for part in (tokens, second_previous(tokens)))
        log_probs = self._next_token(x, story, newest, previous).log_probs
        return tf.reshape(log_probs, [*tf.unstack(shape), self.vocabulary]), keys_values

    def _layer_inputs(self, story: EncodedStory) -> list[_LayerInputs]:
        context = zip(
            tf.unstack(story.context_keys, num=self.branches),
            tf.unstack(story.context_values, num=self.branches),
            strict=True,
        )
        memory = (
            tf.unstack(part, num=len(self.layers))
            for part in (story.memory_keys, story.memory_values)
        )
        return list(map(_LayerInputs, self._by_layer(list(context)), *memory))

    def _by_layer(self, branches: list[T]) -> list[list[T]]:
        size = self.branches // len(self.layers)
        return [branches[first : first + size] for first in range(0, self.branches, size)]

    def _angles(self, story: EncodedStory, places: tf.Tensor) -> RotaryAngles:
        positions = story.position[:, None, None] + 1 + places[..., None]
        return rotary_angles(positions, self.channels)

    def _embed(self, tokens: tf.Tensor) -> tf.Tensor:
        tokens = tf.reshape(tokens, [-1])
        return tf.gather(self.embedding, tokens) * math.sqrt(self.width)

    def _next_token(
        self, x: tf.Tensor, story: EncodedStory, newest: tf.Tensor, previous: tf.Tensor
    ) -> NextTokenLogits:
        h = rms_norm(x)
        return self.pointer(h, self.out.shards(h), story.copy_source, newest, previous)


class _LayerInputs(NamedTuple):
    """What one layer attends to: the context's keys and values by branch, and the memory's."""

    context: list[tuple[tf.Tensor, tf.Tensor]]
    memory_keys: tf.Tensor
    memory_values: tf.Tensor


class _Layer(tf.Module):
    def __init__(self, layer: DecoderLayer):
        super().__init__()
        own = Projections.from_layer(layer.self_attention, layer.self_attention_norm)
        cross = Projections.from_layer(layer.cross_attention, layer.cross_attention_norm)
        memory = Projections.from_layer(layer.memory_attention, layer.memory_attention_norm)
        scale = np.asarray(layer.self_attention_norm.scale)
        gate = np.tanh(np.asarray(layer.memory_gate))
        self.self_attention = [SelfAttention(branch, scale) for branch in own.branches()]
        self.cross_attention = [CrossAttention(branch) for branch in cross.branches()]
        self.memory_attention = MemoryAttention(memory, gate)
        self.feed_forward = InferenceFeedForward(layer.feed_forward, layer.feed_forward_norm)

    def self_attention_step(
        self, x: tf.Tensor, angles: RotaryAngles, view: StepView, caches: list[KeyValueCache]
    ) -> tuple[tf.Tensor, list[KeyValueCache]]:
        """Self-attention for one token of each beam, ``[B*W, d]``."""
        h = rms_norm(x)
        branches = zip(self.self_attention, caches, strict=True)
        parts = [attention.step(h, angles, view, cache) for attention, cache in branches]
        return tf.add_n([x, *(output for output, _ in parts)]), [cache for _, cache in parts]

    def self_attention_forward(
        self, x: tf.Tensor, rows: Shape, sentences: Shape, angles: RotaryAngles, causal: tf.Tensor
    ) -> tuple[tf.Tensor, list[tuple[tf.Tensor, tf.Tensor]]]:
        """Self-attention for whole sentences, ``[B*K*Q, d]``."""
        h = rms_norm(x)
        parts = [
            attention.forward(h, rows, sentences, angles, causal)
            for attention in self.self_attention
        ]
        keys_values = [projected for _, projected in parts]
        return tf.add_n([x, *(output for output, _ in parts)]), keys_values

    def after_self_attention(
        self,
        x: tf.Tensor,
        rows: Shape,
        angles: RotaryAngles,
        story: EncodedStory,
        inputs: _LayerInputs,
    ) -> tf.Tensor:
        """Cross-attention, memory and feed-forward, ``[n, d]`` → ``[n, d]``.

        Args:
            rows: B and the queries of each story, whose product is n.
            angles: ``[B, queries or 1, 1, channels]``.
        """
        h = rms_norm(x)
        parts = [
            attention(h, rows, angles, story.context_bias, keys, values)
            for attention, (keys, values) in zip(self.cross_attention, inputs.context, strict=True)
        ]
        x = tf.add_n([x, *parts])
        memory = (story.memory_bias, inputs.memory_keys, inputs.memory_values)
        return self.feed_forward(self.memory_attention(x, rows, *memory))


def _bias(mask: tf.Tensor) -> tf.Tensor:
    """bool ``[B, T]`` → ``[B, 1, 1, T + 1]``; slot 0, the null slot, is always visible."""
    return tf.pad(tf.where(mask, 0.0, NEG_INF), [[0, 0], [1, 0]])[:, None, None]
