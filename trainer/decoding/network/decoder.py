"""The decoder as decoding runs it: one token of every beam, or whole sentences at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from trainer.decoding.network.cache import BranchCache, Slots
from trainer.decoding.network.kernels import (
    NEVER,
    Feed,
    Product,
    Projections,
    Turn,
    normalised,
    turn,
    turned,
    variable,
)
from trainer.decoding.network.pointer import FusedPointer, Next, Words, before
from trainer.model.decoder import DecoderLayer
from trainer.model.story_model import StoryModel

Rows = Sequence[tf.Tensor | int]
T = TypeVar("T")


class Past(NamedTuple):
    """Everything that decoding needs of a story, computed once.

    Slot 0 of context and memory is empty, for looking at nothing (see
    trainer.model.layers.Attention). The first axis of what layers see counts them;
    ``branches`` counts theirs, layer after layer.

    Attributes:
        keys, values: of the context's tokens, ``[branches, B, heads, T + 1, channels]``.
        asked, told: the memory with the projections around it multiplied in, so that a hop is
            ``softmax(x @ asked) @ told``: ``[layers, B, d, heads * (N + 1)]`` and
            ``[layers, B, heads * (N + 1), d]``. Memory is short, so this is less work at each
            step.
        context_bias: float32 ``[B, 1, 1, T + 1]``, 0 or ``NEVER``.
        memory_bias: float32 ``[B, 1, 1, N + 1]``.
        words: what may be copied.
        position: int32 ``[B]``, place in the running text at which the next sentence begins.
    """

    keys: tf.Tensor
    values: tf.Tensor
    asked: tf.Tensor
    told: tf.Tensor
    context_bias: tf.Tensor
    memory_bias: tf.Tensor
    words: Words
    position: tf.Tensor

    def taken(self, stories: tf.Tensor) -> Past:
        """What is known of some stories, int ``[n]``."""
        layered = (self.keys, self.values, self.asked, self.told)
        keys, values, asked, told = (tf.gather(part, stories, axis=1) for part in layered)
        single = (self.context_bias, self.memory_bias, self.position)
        context_bias, memory_bias, position = (tf.gather(part, stories) for part in single)
        words = self.words.taken(stories)
        return Past(keys, values, asked, told, context_bias, memory_bias, words, position)


class FusedDecoder(tf.Module):
    """Computes what ``StoryModel`` computes of a target sentence, from a :class:`Past`."""

    def __init__(self, model: StoryModel):
        super().__init__()
        self.width, self.vocabulary = model.config.width, model.config.vocabulary
        self.channels = self.width // model.config.heads
        self.embedding = model.embedding.value
        # [d, vocabulary]: a product with a transposed matrix takes three to eight times as long.
        self.out = Product((np.asarray(model.embedding) * np.asarray(model.out_norm.scale)).T)
        self.layers = [_Layer(layer) for layer in model.decoder]
        self.pointer = FusedPointer(model)
        self.heads = self.layers[0].own[0].heads  # of a branch
        self.branches = sum(len(layer.own) for layer in self.layers)

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
        near = [part.see(context, by) for layer in self.layers for part in layer.context]
        far = [layer.memory.see(memory, ago) for layer in self.layers]
        keys, values = (tf.stack(part) for part in zip(*near, strict=True))
        asked, told = (tf.stack(part) for part in zip(*far, strict=True))
        position = tf.reduce_sum(tf.cast(seen, tf.int32), axis=1)
        return Past(keys, values, asked, told, _bias(seen), _bias(mask > 0), words, position)

    def step(
        self,
        past: Past,
        tokens: tf.Tensor,
        second: tf.Tensor,
        place: tf.Tensor,
        slots: Slots,
        caches: list[BranchCache],
    ) -> tuple[Next, list[BranchCache]]:
        """What may come after one more token of each beam.

        Args:
            tokens: int32 ``[B, W]``, the newest ones.
            second: int32 ``[B, W]``, those before them; 0 before BOS or a sentence's first.
            place: int32 ``[B]`` or ``[1]``, their place in their sentence; BOS has 0.
            slots: where they go in the caches and what each beam sees of them.

        Returns:
            That, and the extended caches, one for each branch.
        """
        by = self._turn(past, place[:, None])
        x = self._embed(tokens)
        rows = [-1, slots.width]  # B is left open: a shape that is computed costs operations
        longer: list[BranchCache] = []
        for layer, seen, mine in zip(
            self.layers, self._seen(past), self._by_layer(caches), strict=True
        ):
            x, extended = layer.own_step(x, by, slots, mine)
            x = layer.around(x, rows, by, past, seen)
            longer += extended
        return self._next(x, past, tokens, second), longer

    def read(
        self, past: Past, tokens: tf.Tensor
    ) -> tuple[tf.Tensor, list[tuple[tf.Tensor, tf.Tensor]]]:
        """Log-probabilities after every token of some sentences, all at once.

        Args:
            tokens: int32 ``[B, K, Q]``, each beginning with BOS; what comes after a token does
                not matter to it.

        Returns:
            float32 ``[B, K, Q, vocabulary]``, and for each branch the keys and values
            ``[B*K, heads, Q, channels]``.
        """
        shape = tf.shape(tokens)
        size, rows = shape[2], [shape[0], shape[1] * shape[2]]
        sentences = [shape[0] * shape[1], size]
        places = tf.tile(tf.range(size)[None], [shape[0], shape[1]])
        by = self._turn(past, places)
        x = self._embed(tokens)
        causal = tf.where(tf.linalg.band_part(tf.ones([size, size], tf.bool), -1, 0), 0.0, NEVER)
        kept: list[tuple[tf.Tensor, tf.Tensor]] = []
        for layer, seen in zip(self.layers, self._seen(past), strict=True):
            x, keys_values = layer.own_read(x, rows, sentences, by, causal)
            x = layer.around(x, rows, by, past, seen)
            kept += keys_values
        first, second = (tf.reshape(part, rows) for part in (tokens, before(tokens)))
        log_probs = self._next(x, past, first, second).log_probs
        return tf.reshape(log_probs, [*tf.unstack(shape), self.vocabulary]), kept

    def _seen(self, past: Past) -> list[_Seen]:
        context = zip(
            tf.unstack(past.keys, num=self.branches),
            tf.unstack(past.values, num=self.branches),
            strict=True,
        )
        asked, told = (tf.unstack(part, num=len(self.layers)) for part in (past.asked, past.told))
        return list(map(_Seen, self._by_layer(list(context)), asked, told))

    def _by_layer(self, each: list[T]) -> list[list[T]]:
        size = self.branches // len(self.layers)
        return [each[first : first + size] for first in range(0, self.branches, size)]

    def _turn(self, past: Past, places: tf.Tensor) -> Turn:
        return turn(past.position[:, None, None] + 1 + places[..., None], self.channels)

    def _embed(self, tokens: tf.Tensor) -> tf.Tensor:
        tokens = tf.reshape(tokens, [-1])
        return tf.gather(self.embedding, tokens) * math.sqrt(self.width)

    def _next(self, x: tf.Tensor, past: Past, first: tf.Tensor, second: tf.Tensor) -> Next:
        h = normalised(x)
        return self.pointer(h, self.out.halves(h), past.words, first, second)


class _Seen(NamedTuple):
    """What one layer sees of a story: of the context for each branch, keys and values."""

    context: list[tuple[tf.Tensor, tf.Tensor]]
    asked: tf.Tensor
    told: tf.Tensor


class _Layer(tf.Module):
    def __init__(self, layer: DecoderLayer):
        super().__init__()
        own = Projections.of(layer.self_attention, layer.self_attention_norm)
        context = Projections.of(layer.cross_attention, layer.cross_attention_norm)
        gate = np.tanh(np.asarray(layer.memory_gate))
        self.own = [
            _Own(part, np.asarray(layer.self_attention_norm.scale)) for part in own.branches()
        ]
        self.context = [_Across(part) for part in context.branches()]
        self.memory = _Hop(
            Projections.of(layer.memory_attention, layer.memory_attention_norm), gate
        )
        self.feed = Feed(layer.feed_forward, layer.feed_forward_norm)

    def own_step(
        self, x: tf.Tensor, by: Turn, slots: Slots, caches: list[BranchCache]
    ) -> tuple[tf.Tensor, list[BranchCache]]:
        """The look at its own sentence for one token of each beam, ``[B*W, d]``."""
        h = normalised(x)
        parts = [own.step(h, by, slots, cache) for own, cache in zip(self.own, caches, strict=True)]
        return tf.add_n([x, *(mixed for mixed, _ in parts)]), [cache for _, cache in parts]

    def own_read(
        self, x: tf.Tensor, rows: Rows, sentences: Rows, by: Turn, causal: tf.Tensor
    ) -> tuple[tf.Tensor, list[tuple[tf.Tensor, tf.Tensor]]]:
        """The same for whole sentences, ``[B*K*Q, d]``; ``sentences`` is ``[B*K, Q]``."""
        h = normalised(x)
        parts = [own.read(h, rows, sentences, by, causal) for own in self.own]
        return tf.add_n([x, *(mixed for mixed, _ in parts)]), [kept for _, kept in parts]

    def around(self, x: tf.Tensor, rows: Rows, by: Turn, past: Past, seen: _Seen) -> tf.Tensor:
        """Everything after that, ``[n, d]`` → ``[n, d]``.

        Args:
            rows: B and the queries of each story, whose product is n.
            by: ``[B, queries or 1, 1, channels]``.
        """
        h = normalised(x)
        parts = [
            look(h, rows, by, past.context_bias, *one)
            for look, one in zip(self.context, seen.context, strict=True)
        ]
        x = self.memory(tf.add_n([x, *parts]), rows, past.memory_bias, seen)
        return self.feed(x)


class _Own(tf.Module):
    """Some heads' attention to what the sentence itself has said so far."""

    def __init__(self, parts: Projections, scale: np.ndarray):
        super().__init__()
        rows = scale[:, None]
        self.heads, self.channels = parts.heads, parts.channels
        inner = (parts.query, rows * parts.key, rows * parts.value)
        self.inner = variable(np.concatenate(inner, axis=1))
        self.out = variable(parts.out)

    def step(
        self, h: tf.Tensor, by: Turn, slots: Slots, cache: BranchCache
    ) -> tuple[tf.Tensor, BranchCache]:
        """``[B*W, d]`` → ``[B*W, d]``, and the cache with what is new."""
        query, key, value = self._projected(h, [-1, slots.width], by)
        cache = BranchCache(slots.put(cache.keys, key), slots.put(cache.values, value))
        return tf.matmul(slots.attend(query, cache), self.out), cache

    def read(
        self, h: tf.Tensor, rows: Rows, sentences: Rows, by: Turn, causal: tf.Tensor
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        """``[B*K*Q, d]`` → ``[B*K*Q, d]``, and keys and values ``[B*K, heads, Q, channels]``."""
        split = [*sentences, self.heads, self.channels]
        query, key, value = (
            tf.transpose(tf.reshape(part, split), [0, 2, 1, 3])
            for part in self._projected(h, rows, by)
        )
        scores = tf.matmul(query, key, transpose_b=True) + causal
        weights = tf.nn.softmax(tf.pad(scores, [[0, 0], [0, 0], [0, 0], [1, 0]]))[..., 1:]
        mixed = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
        mixed = tf.reshape(mixed, [-1, self.heads * self.channels])
        return tf.matmul(mixed, self.out), (key, value)

    def _projected(
        self, h: tf.Tensor, rows: Rows, by: Turn
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Query, key and value, ``[B, queries, heads, channels]`` each."""
        joined = tf.matmul(h, self.inner)
        joined = tf.reshape(joined, [*rows, 3 * self.heads, self.channels])
        two, value = tf.split(joined, [2 * self.heads, self.heads], axis=2)
        query, key = tf.split(turned(two, by), 2, axis=2)
        return query, key, value


class _Across(tf.Module):
    """Some heads' attention to the tokens of the sentences before."""

    def __init__(self, parts: Projections):
        super().__init__()
        self.heads, self.channels = parts.heads, parts.channels
        self.query, self.out = variable(parts.query), variable(parts.out)
        self.key_value = variable(np.concatenate([parts.key, parts.value], axis=1))

    def see(self, states: tf.Tensor, by: Turn) -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.shape(states)
        joined = tf.matmul(tf.reshape(states, [-1, states.shape[-1]]), self.key_value)
        joined = tf.reshape(joined, [shape[0], shape[1], 2, self.heads, self.channels])
        keys = turned(joined[:, :, 0], Turn(by.cosine[:, :, None], by.sine[:, :, None]))
        keys, values = (
            tf.transpose(tf.pad(part, [[0, 0], [1, 0], [0, 0], [0, 0]]), [0, 2, 1, 3])
            for part in (keys, joined[:, :, 1])
        )
        return keys, values

    def __call__(
        self,
        h: tf.Tensor,
        rows: Rows,
        by: Turn,
        bias: tf.Tensor,
        keys: tf.Tensor,
        values: tf.Tensor,
    ) -> tf.Tensor:
        query = tf.reshape(tf.matmul(h, self.query), [*rows, self.heads, self.channels])
        query = tf.transpose(turned(query, by), [0, 2, 1, 3])
        weights = tf.nn.softmax(tf.matmul(query, keys, transpose_b=True) + bias)
        mixed = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
        return tf.matmul(tf.reshape(mixed, [-1, self.heads * self.channels]), self.out)


class _Hop(tf.Module):
    """A look into the memory of sentences, through its gate."""

    def __init__(self, parts: Projections, gate: np.ndarray):
        super().__init__()
        self.heads, self.channels = parts.heads, parts.channels
        width = parts.query.shape[0]
        self.query = variable(parts.query.reshape([width, self.heads, self.channels]))
        self.key, self.value = variable(parts.key), variable(parts.value)
        self.out = variable((parts.out * gate).reshape([self.heads, self.channels, width]))

    def see(self, vectors: tf.Tensor, ago: Turn) -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.shape(vectors)
        batch, width = shape[0], vectors.shape[-1]
        flat = tf.reshape(vectors, [-1, width])
        split = [batch, shape[1], self.heads, self.channels]
        keys = tf.reshape(tf.matmul(flat, self.key), split)
        keys = turned(keys, Turn(ago.cosine[:, :, None], ago.sine[:, :, None]))
        values = tf.reshape(tf.matmul(flat, self.value), split)
        asked = tf.einsum("dhc,bnhc->bdhn", self.query, keys)
        told = tf.einsum("bnhc,hcd->bhnd", values, self.out)
        asked = tf.pad(asked, [[0, 0], [0, 0], [0, 0], [1, 0]])
        told = tf.pad(told, [[0, 0], [0, 0], [1, 0], [0, 0]])
        return tf.reshape(asked, [batch, width, -1]), tf.reshape(told, [batch, -1, width])

    def __call__(self, x: tf.Tensor, rows: Rows, bias: tf.Tensor, seen: _Seen) -> tf.Tensor:
        width = x.shape[-1]
        scores = tf.matmul(tf.reshape(normalised(x), [*rows, width]), seen.asked)
        split = [*rows, self.heads, tf.shape(bias)[3]]
        weights = tf.nn.softmax(tf.reshape(scores, split) + bias)
        hop = tf.matmul(tf.reshape(weights, tf.shape(scores)), seen.told)
        return x + tf.reshape(hop, [-1, width])


def _bias(visible: tf.Tensor) -> tf.Tensor:
    """bool ``[B, T]`` → ``[B, 1, 1, T + 1]``; slot 0 is always there."""
    return tf.pad(tf.where(visible, 0.0, NEVER), [[0, 0], [1, 0]])[:, None, None]
