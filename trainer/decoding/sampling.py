"""Nucleus sampling (Holtzman et al. 2020), several streams side by side, each row with its seed."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from trainer.decoder import Cache
from trainer.decoding import constraints
from trainer.decoding.past import Past, empty_caches, next_token
from trainer.model import StoryModel


@dataclasses.dataclass(frozen=True)
class SamplingConfig:
    """Attributes:
    streams: candidates drawn for each story.
    likeliest: the nucleus is sought among so many tokens.
    repeat_order: no n-gram of this order stands twice in a candidate.
    avoid_weight: what going on as a sentence to avoid costs at each step, in nats.
    """

    streams: int = 16
    likeliest: int = 512
    repeat_order: int = 3
    avoid_weight: float = 2.0
    shortest: int = 3
    longest: int = 48


class SamplingOptions(NamedTuple):
    """What a request asks for; the first axis is the batch.

    Attributes:
        temperature, top_p, diversity: float32 ``[B]``.
        seed: int64 ``[B]``; a row's answer depends on its own alone.
        prefix: int32 ``[B, P]``, how every candidate begins, and ``prefix_length [B]``.
        avoided: int32 ``[B, A, S]``, sentences closed by EOS, 0 beyond.
    """

    temperature: tf.Tensor
    top_p: tf.Tensor
    diversity: tf.Tensor
    seed: tf.Tensor
    prefix: tf.Tensor
    prefix_length: tf.Tensor
    avoided: tf.Tensor


class _Loop(NamedTuple):
    step: tf.Tensor
    ids: tf.Tensor  # [B, W, L]
    lengths: tf.Tensor  # [B, W], 0 while a stream goes on
    caches: list[Cache]


def sample(
    model: StoryModel, past: Past, options: SamplingOptions, config: SamplingConfig
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw next sentences.

    Returns:
        ids int32 ``[B, streams, L]`` and lengths ``[B, streams]``, EOS included.
    """
    batch, streams = tf.shape(past.position)[0], config.streams
    vocabulary = model.config.vocabulary
    longest = config.longest + tf.shape(options.prefix)[1]
    draws = _uniform(options.seed, streams, longest)
    allowed = constraints.forbidden(vocabulary)

    def advance(loop: _Loop) -> _Loop:
        newest = tf.gather(loop.ids, tf.maximum(loop.step - 1, 0), axis=2)
        newest = tf.where(loop.step == 0, BOS_ID, newest)
        caches = [cache._replace(index=loop.step) for cache in loop.caches]
        log_probs, caches = next_token(model, past, newest, caches)
        log_probs += allowed
        log_probs += constraints.repeats(loop.ids, loop.step, config.repeat_order, vocabulary)
        log_probs += constraints.avoidance(newest, options.avoided, config.avoid_weight, vocabulary)
        too_short = loop.step + 1 < config.shortest + options.prefix_length
        log_probs = tf.where(
            too_short[:, None, None] & (tf.range(vocabulary) == EOS_ID),
            constraints.NEVER,
            log_probs,
        )
        token = _draw(log_probs, tf.gather(draws, loop.step, axis=2), options, config)
        token = tf.where(loop.step == longest - 1, EOS_ID, token)
        forced = tf.gather(_padded(options.prefix, longest), loop.step, axis=1)
        token = tf.where((loop.step < options.prefix_length)[:, None], forced[:, None], token)
        token = tf.where(loop.lengths > 0, EOS_ID, token)
        ends = (token == EOS_ID) & (loop.lengths == 0)
        here = tf.range(longest) == loop.step
        return _Loop(
            loop.step + 1,
            tf.where(here, token[..., None], loop.ids),
            tf.where(ends, loop.step + 1, loop.lengths),
            caches,
        )

    start = _Loop(
        tf.constant(0),
        tf.zeros([batch, streams, longest], tf.int32),
        tf.zeros([batch, streams], tf.int32),
        empty_caches(model, batch, streams, longest),
    )
    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    (end,) = tf.while_loop(
        lambda loop: (loop.step < longest) & tf.reduce_any(loop.lengths == 0),
        lambda loop: (advance(loop),),
        (start,),
        shape_invariants=(invariants,),
    )
    return end.ids, end.lengths


def _draw(
    log_probs: tf.Tensor, uniform: tf.Tensor, options: SamplingOptions, config: SamplingConfig
) -> tf.Tensor:
    """Draw a token for each stream; earlier streams' draws cost ``diversity`` nats each.

    Args:
        log_probs: ``[B, W, vocabulary]``.
        uniform: ``[B, W]`` in [0, 1).
    """
    vocabulary = log_probs.shape[-1]
    scaled = log_probs / options.temperature[:, None, None]
    first = _nucleus(scaled, uniform, options.top_p, config.likeliest)
    taken = tf.cumsum(tf.one_hot(first, vocabulary), axis=1, exclusive=True)
    steered = scaled - options.diversity[:, None, None] * taken
    return _nucleus(steered, uniform, options.top_p, config.likeliest)


def _nucleus(logits: tf.Tensor, uniform: tf.Tensor, top_p: tf.Tensor, likeliest: int) -> tf.Tensor:
    """Invert the distribution function of the smallest set that holds ``top_p``."""
    sizes = min(likeliest, logits.shape[-1])
    values, tokens = tf.math.top_k(logits, sizes)
    shares = tf.nn.softmax(values)
    before = tf.cumsum(shares, axis=-1, exclusive=True)
    kept = tf.where(before < top_p[:, None, None], shares, 0.0)
    reached = tf.cumsum(kept, axis=-1)
    target = uniform[..., None] * reached[..., -1:]
    place = tf.reduce_sum(tf.cast(reached <= target, tf.int32), axis=-1)
    count = tf.reduce_sum(tf.cast(kept > 0, tf.int32), axis=-1)
    place = tf.minimum(place, count - 1)
    return tf.gather(tokens, place[..., None], batch_dims=2)[..., 0]


def _uniform(seed: tf.Tensor, streams: int, longest: tf.Tensor) -> tf.Tensor:
    """float32 ``[B, streams, longest]``; a row's numbers depend on its seed alone."""

    def row(value: tf.Tensor) -> tf.Tensor:
        # Drawn step by step in the leading axis, so that a longer row begins the same.
        return tf.random.stateless_uniform(
            [longest, streams], seed=tf.stack([value, 0]), alg="philox"
        )

    drawn = tf.map_fn(row, seed, fn_output_signature=tf.TensorSpec([None, streams], tf.float32))
    return tf.transpose(drawn, [0, 2, 1])


def _padded(prefix: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    return tf.pad(prefix, [[0, 0], [0, longest - tf.shape(prefix)[1]]])
