"""The decoder as decoding runs it: one token of every beam, or whole sentences at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoder import DecoderLayer
from trainer.decoding.cache import LayerCache, Slots
from trainer.decoding.fused import (
    NEVER,
    Feed,
    Projections,
    Turn,
    branches_of,
    normalised,
    side_by_side,
    turn,
    turned,
)
from trainer.decoding.fused_pointer import FusedPointer, Words, before
from trainer.model import StoryModel


class Seen(NamedTuple):
    """What one layer sees of a story; lists have one entry for each branch.

    Slot 0 of context and memory is empty, for looking at nothing (see trainer.layers.Attention).

    Attributes:
        keys, values: of the context's tokens, ``[B, heads, T + 1, channels]``.
        asked, told: the memory with the projections around it multiplied in, so that a hop is
            ``softmax(x @ asked) @ told``: ``[B, d, heads * (N + 1)]`` and
            ``[B, heads * (N + 1), d]``. Memory is short, so this is less work at each step.
    """

    keys: list[tf.Tensor]
    values: list[tf.Tensor]
    asked: list[tf.Tensor]
    told: list[tf.Tensor]


class Past(NamedTuple):
    """Everything that decoding needs of a story, computed once.

    Attributes:
        layers: for each decoder layer.
        context_bias: float32 ``[B, 1, 1, T + 1]``, 0 or ``NEVER``.
        memory_bias: float32 ``[B, 1, 1, N + 1]``.
        words: what may be copied.
        position: int32 ``[B]``, place in the running text at which the next sentence begins.
    """

    layers: list[Seen]
    context_bias: tf.Tensor
    memory_bias: tf.Tensor
    words: Words
    position: tf.Tensor


class FusedDecoder(tf.Module):
    """Computes what ``StoryModel`` computes of a target sentence, from a :class:`Past`."""

    def __init__(self, model: StoryModel):
        super().__init__()
        self.branches = branches_of(model.config)
        self.width, self.vocabulary = model.config.width, model.config.vocabulary
        self.channels = self.width // model.config.heads
        self.heads = model.config.heads // self.branches
        self.embedding = model.embedding.value
        # [d, vocabulary]: a product with a transposed matrix takes three to eight times as long.
        scaled = (np.asarray(model.embedding) * np.asarray(model.out_norm.scale)).T
        self.out = [side_by_side(part) for part in np.array_split(scaled, self.branches, axis=1)]
        self.layers = [_Layer(layer, self.branches) for layer in model.decoder]
        self.pointer = FusedPointer(model)

    def see(
        self,
        context: tf.Tensor,
        seen: tf.Tensor,
        memory: tf.Tensor,
        mask: tf.Tensor,
        words: Words,
    ) -> Past:
        """Project what there is to see, for all layers.

        Args:
            context: ``[B, T, d]``, token states of the sentences before, oldest first.
            seen: bool ``[B, T]``, True for real tokens, which come first.
            memory: ``[B, N, d]``, vectors of earlier sentences, oldest first.
            mask: int32 ``[B, N]``, how many sentences ago each was; 0 where there is none.
            words: from ``self.pointer.see``.
        """
        by = turn(tf.cumsum(tf.cast(seen, tf.int32), axis=1), self.channels)
        ago = turn(-mask, self.channels)
        layers = [layer.see(context, by, memory, ago) for layer in self.layers]
        return Past(
            layers,
            _bias(seen),
            _bias(mask > 0),
            words,
            tf.reduce_sum(tf.cast(seen, tf.int32), axis=1),
        )

    def step(
        self,
        past: Past,
        tokens: tf.Tensor,
        second: tf.Tensor,
        place: tf.Tensor,
        slots: Slots,
        caches: list[LayerCache],
    ) -> tuple[tf.Tensor, list[LayerCache]]:
        """Log-probabilities after one more token of each beam.

        Args:
            tokens: int32 ``[B, W]``, the newest ones.
            second: int32 ``[B, W]``, those before them; 0 before BOS or a sentence's first.
            place: int32 ``[B]``, their place in their sentence; BOS has 0.
            slots: where they go in the caches and what each beam sees of them.

        Returns:
            float32 ``[B, W, vocabulary]`` and the extended caches.
        """
        by = self._turn(past, place[:, None])
        shape = tf.shape(tokens)
        x = self._embed(tf.reshape(tokens, [-1]))
        extended = []
        for layer, seen, cache in zip(self.layers, past.layers, caches, strict=True):
            x, longer = layer.own_step(x, by, slots, cache)
            x = layer.around(x, shape, by, past, seen)
            extended.append(longer)
        return self._log_probs(x, past, tokens, second), extended

    def read(
        self, past: Past, tokens: tf.Tensor
    ) -> tuple[tf.Tensor, list[tuple[list[tf.Tensor], list[tf.Tensor]]]]:
        """Log-probabilities after every token of some sentences, all at once.

        Args:
            tokens: int32 ``[B, K, Q]``, each beginning with BOS; what comes after a token does
                not matter to it.

        Returns:
            float32 ``[B, K, Q, vocabulary]``, and for each layer the keys and values
            ``[B*K, heads, Q, channels]`` of each branch.
        """
        shape = tf.shape(tokens)
        size = shape[2]
        places = tf.tile(tf.range(size)[None], [shape[0], shape[1]])
        by = self._turn(past, places)
        x = self._embed(tf.reshape(tokens, [-1]))
        rows = [shape[0], shape[1] * size]
        causal = tf.where(tf.linalg.band_part(tf.ones([size, size], tf.bool), -1, 0), 0.0, NEVER)
        kept = []
        for layer, seen in zip(self.layers, past.layers, strict=True):
            x, keys_values = layer.own_read(x, rows, by, causal)
            x = layer.around(x, rows, by, past, seen)
            kept.append(keys_values)
        first, second = (tf.reshape(part, rows) for part in (tokens, before(tokens)))
        log_probs = self._log_probs(x, past, first, second)
        return tf.reshape(log_probs, [*tf.unstack(shape), self.vocabulary]), kept

    def _turn(self, past: Past, places: tf.Tensor) -> Turn:
        by = turn(past.position[:, None] + 1 + places, self.channels)
        return Turn(by.cosine[:, :, None], by.sine[:, :, None])

    def _embed(self, tokens: tf.Tensor) -> tf.Tensor:
        return tf.gather(self.embedding, tokens) * math.sqrt(self.width)

    def _log_probs(
        self, x: tf.Tensor, past: Past, first: tf.Tensor, second: tf.Tensor
    ) -> tf.Tensor:
        h = normalised(x)
        logits = tf.concat([tf.matmul(h, out) for out in self.out], axis=1)
        return self.pointer(h, logits, past.words, first, second)


class _Layer(tf.Module):
    def __init__(self, layer: DecoderLayer, branches: int):
        super().__init__()
        self.own = Projections(layer.own, layer.own_norm, branches)
        rows = np.asarray(layer.own_norm.scale)[:, None]
        self.inner = [
            side_by_side(query, rows * key, rows * value)
            for query, key, value in zip(self.own.query, self.own.key, self.own.value, strict=True)
        ]
        self.context = _Across(Projections(layer.context, layer.context_norm, branches))
        gate = np.tanh(np.asarray(layer.memory_gate))
        self.memory = _Hop(Projections(layer.memory, layer.memory_norm, branches), gate)
        self.feed = Feed(layer.feed, layer.feed_norm, branches)

    def see(self, context: tf.Tensor, by: Turn, memory: tf.Tensor, ago: Turn) -> Seen:
        return Seen(*self.context.see(context, by), *self.memory.see(memory, ago))

    def around(
        self, x: tf.Tensor, rows: tf.Tensor | list[tf.Tensor], by: Turn, past: Past, seen: Seen
    ) -> tf.Tensor:
        """Everything after the layer's look at its own sentence, ``[n, d]`` → ``[n, d]``.

        Args:
            rows: B and the queries of each story, whose product is n.
            by: ``[B, queries or 1, 1, channels]``.
        """
        x = self.context(x, rows, by, past.context_bias, seen)
        x = self.memory(x, rows, past.memory_bias, seen)
        return self.feed(x)

    def own_step(
        self, x: tf.Tensor, by: Turn, slots: Slots, cache: LayerCache
    ) -> tuple[tf.Tensor, LayerCache]:
        h = normalised(x)
        parts, keys, values = [x], [], []
        for inner, out, old_keys, old_values in zip(
            self.inner, self.own.out, cache.keys, cache.values, strict=True
        ):
            queries, key, value = self._queries_keys_values(tf.matmul(h, inner), slots, by)
            keys.append(slots.put(old_keys, key))
            values.append(slots.put(old_values, value))
            mixed = slots.attend(queries, keys[-1], values[-1])
            parts.append(tf.matmul(mixed, out))
        return tf.add_n(parts), LayerCache(keys, values)

    def _queries_keys_values(
        self, joined: tf.Tensor, slots: Slots, by: Turn
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """``[B*W, 3*heads*channels]`` → three of ``[B, groups, heads, beams, channels]``."""
        heads, channels = self.own.heads, self.own.channels
        two, value = tf.split(joined, [2 * heads * channels, heads * channels], axis=1)
        two = turned(tf.reshape(two, [slots.batch, slots.width, 2 * heads, channels]), by)
        shape = [slots.batch, slots.groups, slots.beams]
        two = tf.transpose(tf.reshape(two, [*shape, 2, heads, channels]), [3, 0, 1, 4, 2, 5])
        value = tf.transpose(tf.reshape(value, [*shape, heads, channels]), [0, 1, 3, 2, 4])
        queries, key = tf.unstack(two, num=2)
        return queries, key, value

    def own_read(
        self, x: tf.Tensor, rows: list[tf.Tensor], by: Turn, causal: tf.Tensor
    ) -> tuple[tf.Tensor, tuple[list[tf.Tensor], list[tf.Tensor]]]:
        h = normalised(x)
        heads, channels = self.own.heads, self.own.channels
        size = tf.shape(causal)[0]
        parts, keys, values = [x], [], []
        for inner, out in zip(self.inner, self.own.out, strict=True):
            joined = tf.reshape(tf.matmul(h, inner), [*rows, 3 * heads, channels])
            joined = tf.concat(
                [turned(joined[:, :, : 2 * heads], by), joined[:, :, 2 * heads :]], axis=2
            )
            joined = tf.reshape(joined, [-1, size, 3, heads, channels])
            query, key, value = tf.unstack(tf.transpose(joined, [2, 0, 3, 1, 4]), num=3)
            scores = tf.matmul(query, key, transpose_b=True) + causal
            weights = tf.nn.softmax(tf.pad(scores, [[0, 0], [0, 0], [0, 0], [1, 0]]))[..., 1:]
            mixed = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
            parts.append(tf.matmul(tf.reshape(mixed, [-1, heads * channels]), out))
            keys.append(key)
            values.append(value)
        return tf.add_n(parts), (keys, values)


class _Across(tf.Module):
    """Attention to the tokens of the sentences before."""

    def __init__(self, parts: Projections):
        super().__init__()
        self.parts = parts
        self.query = [side_by_side(query) for query in parts.query]
        self.key_value = side_by_side(*parts.key, *parts.value)

    def see(self, states: tf.Tensor, by: Turn) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        branches = len(self.query)
        heads, channels = self.parts.heads, self.parts.channels
        shape = tf.shape(states)
        joined = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key_value)
        joined = tf.reshape(joined, [shape[0], shape[1], 2, branches * heads, channels])
        keys = turned(joined[:, :, 0], Turn(by.cosine[:, :, None], by.sine[:, :, None]))
        both = []
        for part in (keys, joined[:, :, 1]):
            slots = tf.pad(part, [[0, 0], [1, 0], [0, 0], [0, 0]])
            both.append(tf.split(tf.transpose(slots, [0, 2, 1, 3]), branches, axis=1))
        return both[0], both[1]

    def __call__(
        self, x: tf.Tensor, rows: tf.Tensor | list[tf.Tensor], by: Turn, bias: tf.Tensor, seen: Seen
    ) -> tf.Tensor:
        heads, channels = self.parts.heads, self.parts.channels
        h = normalised(x)
        sums = [x]
        for query, out, keys, values in zip(
            self.query, self.parts.out, seen.keys, seen.values, strict=True
        ):
            queries = tf.reshape(tf.matmul(h, query), [rows[0], rows[1], heads, channels])
            queries = tf.transpose(turned(queries, by), [0, 2, 1, 3])
            weights = tf.nn.softmax(tf.matmul(queries, keys, transpose_b=True) + bias)
            mixed = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
            sums.append(tf.matmul(tf.reshape(mixed, [-1, heads * channels]), out))
        return tf.add_n(sums)


class _Hop(tf.Module):
    """A look into the memory of sentences, through its gate."""

    def __init__(self, parts: Projections, gate: np.ndarray):
        super().__init__()
        self.heads, self.channels = parts.heads, parts.channels
        width = parts.query[0].shape[0]
        heads = [width, self.heads, self.channels]
        self.query = [_constant(q.reshape(heads)) for q in parts.query]
        self.key = [side_by_side(key) for key in parts.key]
        self.value = [side_by_side(value) for value in parts.value]
        self.out = [
            _constant((np.asarray(out) * gate).reshape([self.heads, self.channels, width]))
            for out in parts.out
        ]

    def see(self, vectors: tf.Tensor, ago: Turn) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        shape = tf.shape(vectors)
        batch, width = shape[0], vectors.shape[-1]
        flat = tf.reshape(vectors, [-1, width])
        asked, told = [], []
        for query, key, value, out in zip(self.query, self.key, self.value, self.out, strict=True):
            split = [batch, shape[1], self.heads, self.channels]
            keys = tf.reshape(tf.matmul(flat, key), split)
            keys = turned(keys, Turn(ago.cosine[:, :, None], ago.sine[:, :, None]))
            values = tf.reshape(tf.matmul(flat, value), split)
            a = tf.pad(tf.einsum("dhc,bnhc->bdhn", query, keys), [[0, 0]] * 3 + [[1, 0]])
            t = tf.pad(tf.einsum("bnhc,hcd->bhnd", values, out), [[0, 0]] * 2 + [[1, 0], [0, 0]])
            asked.append(tf.reshape(a, [batch, width, -1]))
            told.append(tf.reshape(t, [batch, -1, width]))
        return asked, told

    def __call__(
        self, x: tf.Tensor, rows: tf.Tensor | list[tf.Tensor], bias: tf.Tensor, seen: Seen
    ) -> tf.Tensor:
        width = x.shape[-1]
        h = tf.reshape(normalised(x), [rows[0], rows[1], width])
        sums = [x]
        for asked, told in zip(seen.asked, seen.told, strict=True):
            scores = tf.matmul(h, asked)
            split = [rows[0], rows[1], self.heads, tf.shape(bias)[3]]
            weights = tf.nn.softmax(tf.reshape(scores, split) + bias)
            hop = tf.matmul(tf.reshape(weights, tf.shape(scores)), told)
            sums.append(tf.reshape(hop, [-1, width]))
        return tf.add_n(sums)


def _constant(kernel: np.ndarray) -> tf.Variable:
    return tf.Variable(kernel.astype(np.float32), trainable=False)


def _bias(visible: tf.Tensor) -> tf.Tensor:
    """bool ``[B, T]`` → ``[B, 1, 1, T + 1]``; slot 0 is always there."""
    return tf.pad(tf.where(visible, 0.0, NEVER), [[0, 0], [1, 0]])[:, None, None]
