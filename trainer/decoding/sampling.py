"""Nucleus sampling (Holtzman et al. 2020), several streams side by side, each row with its seed."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from trainer.decoding import constraints, healing
from trainer.decoding.healing import Beginning
from trainer.decoding.network.cache import (
    BranchCache,
    Slots,
    begun_caches,
    first_rows,
    nothing_written,
)
from trainer.decoding.network.decoder import FusedDecoder, Past
from trainer.decoding.network.kernels import NEVER
from trainer.decoding.recent import Recent

STRONGEST = 1e6  # nats; a larger ``diversity`` means the same


@dataclasses.dataclass(frozen=True)
class SamplingConfig:
    """Attributes:
    streams: candidates drawn for each story.
    likeliest: the nucleus is sought among so many tokens.
    repeat_order: no n-gram of this order stands twice in a candidate.
    story_repeat_order: no phrase (``Recent.phrases``) of this order stands in the story's
        recent sentences too.
    avoid_weight: what going on as a sentence to avoid costs at each step, in nats.
    shortest, longest: tokens behind the prefix, the end included.
    """

    streams: int = 12
    likeliest: int = 128
    repeat_order: int = 3
    story_repeat_order: int = 3
    avoid_weight: float = 2.0
    shortest: int = 4
    longest: int = 48


class SamplingOptions(NamedTuple):
    """What a request asks for; the first axis is the batch.

    Attributes:
        temperature, top_p, diversity: float32 ``[B]``.
        seed: int64 ``[B]``; a row's answer depends on its own alone.
        beginning: how every candidate begins, and ``ending`` and ``left`` as
            ``healing.spellings`` gives them.
        avoided: int32 ``[B, A, S]``, sentences closed by EOS, 0 beyond.
        recent: what ``story_repeat_order`` is about.
    """

    temperature: tf.Tensor
    top_p: tf.Tensor
    diversity: tf.Tensor
    seed: tf.Tensor
    beginning: Beginning
    ending: tf.Tensor
    left: tf.Tensor
    avoided: tf.Tensor
    recent: Recent


class Drawn(NamedTuple):
    """Attributes:
    ids: int32 ``[B, streams, L]``, closed by EOS.
    lengths: int32 ``[B, streams]``, EOS included.
    log_probs: float32 ``[B, streams]``, untouched by options and constraints.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor


class _Loop(NamedTuple):
    step: tf.Tensor
    newest: tf.Tensor  # [B, W]
    ids: tf.Tensor  # [B, W, P + L], the prefix pushed to the right
    lengths: tf.Tensor  # [B, W], 0 while a stream goes on
    log_probs: tf.Tensor  # [B, W]
    healing: tf.Tensor  # [B, W]
    visible: tf.Tensor
    caches: list[BranchCache]


def sample(
    decoder: FusedDecoder,
    past: Past,
    options: SamplingOptions,
    config: SamplingConfig,
    openings: np.ndarray | None = None,
) -> Drawn:
    """Draw next sentences.

    Args:
        openings: int ``[vocabulary]``: if given, streams begin (behind a prefix that is not
            healed) with the likeliest tokens of different numbers above 0, one number each.
    """
    batch, streams = tf.shape(past.position)[0], config.streams
    begun = options.beginning
    size = tf.shape(begun.ids)[1]
    draws = _uniform(options.seed, streams, config.longest)
    inside = constraints.forbidden(decoder.vocabulary)
    phrases = options.recent.phrases(config.story_repeat_order)
    start = _start(decoder, past, begun, options, config)
    rows = first_rows(batch, streams, 1, decoder.heads, size + config.longest)

    def advance(loop: _Loop) -> _Loop:
        slots = Slots(
            rows, streams, 1, decoder.heads,
            size + loop.step, size + config.longest, loop.visible,
        )  # fmt: skip
        back = size + loop.step - 2  # before the newest; left of a prefix there are zeros
        second = tf.where(back >= 0, loop.ids[:, :, tf.maximum(back, 0)], 0)
        after, caches = decoder.step(
            past, loop.newest, second, begun.lengths + loop.step, slots, loop.caches
        )
        log_probs = after.log_probs
        scores = _without_repeats(log_probs + inside, loop, size, phrases, options, config)
        scores = _with_end(scores, log_probs, loop, options, config)
        uniform = tf.gather(draws, loop.step, axis=2)
        token = _draw(scores, uniform, options, config)
        if openings is not None:
            opening = _apart(scores, openings)
            token = tf.where((loop.step == 0) & (opening > 0), opening, token)
        token = tf.where(loop.step == config.longest - 1, EOS_ID, token)
        going = loop.lengths == 0
        token = tf.where(going, token, EOS_ID)
        gain = tf.gather(log_probs, token[..., None], batch_dims=2)[..., 0]
        here = tf.range(size + config.longest) == size + loop.step
        length = begun.lengths[:, None] + loop.step + 1
        rest = tf.gather(options.ending, tf.minimum(loop.step, healing.HEALED - 1), axis=1)
        spelled = tf.gather(rest, token, batch_dims=1)
        return _Loop(
            loop.step + 1,
            token,
            tf.where(here, token[..., None], loop.ids),
            tf.where(going & (token == EOS_ID), length, loop.lengths),
            loop.log_probs + tf.where(going, gain, 0.0),
            loop.healing & ~spelled & (loop.step + 1 < options.left[:, None]),
            slots.visible,
            caches,
        )

    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    (end,) = tf.while_loop(
        lambda loop: (loop.step < config.longest) & tf.reduce_any(loop.lengths == 0),
        lambda loop: (advance(loop),),
        (start,),
        shape_invariants=(invariants,),
    )
    # Prefixes end where the drawn tokens begin; sentences begin at 0.
    places = (size - begun.lengths)[:, None] + tf.range(size + config.longest)
    ids = tf.pad(end.ids, [[0, 0], [0, 0], [0, size]])
    places = tf.broadcast_to(places[:, None], tf.shape(end.ids))
    return Drawn(tf.gather(ids, places, batch_dims=2), end.lengths, end.log_probs)


def _start(
    decoder: FusedDecoder,
    past: Past,
    begun: Beginning,
    options: SamplingOptions,
    config: SamplingConfig,
) -> _Loop:
    """Read the prefixes, all tokens at once and once for all streams."""
    batch, streams = tf.shape(past.position)[0], config.streams
    size = tf.shape(begun.ids)[1]
    whole = tf.pad(begun.ids, [[0, 0], [1, 0]], constant_values=BOS_ID)
    log_probs, kept = decoder.read(past, whole[:, None, :-1])
    chosen = tf.gather(log_probs[:, 0], begun.ids[..., None], batch_dims=2)[..., 0]
    fixed = tf.range(size) < begun.lengths[:, None]
    total = tf.reduce_sum(tf.where(fixed, chosen, 0.0), axis=1)
    newest = tf.gather(whole, begun.lengths, batch_dims=1)

    pushed = tf.range(size) - (size - begun.lengths)[:, None]
    ids = tf.gather(tf.pad(begun.ids, [[0, 0], [0, 1]]), tf.maximum(pushed, 0), batch_dims=1)
    ids = tf.pad(tf.where(pushed >= 0, ids, 0), [[0, 0], [0, config.longest]])
    width = size + config.longest
    seen = tf.tile(tf.pad(fixed, [[0, 0], [1, config.longest]])[:, None], [1, streams, 1])
    visible = nothing_written(batch, streams, 1, width)
    visible = tf.where(tf.reshape(seen, tf.shape(visible)), 0.0, visible)
    return _Loop(
        tf.constant(0),
        tf.tile(newest[:, None], [1, streams]),
        tf.tile(ids[:, None], [1, streams, 1]),
        tf.zeros([batch, streams], tf.int32),
        tf.tile(total[:, None], [1, streams]),
        tf.tile((options.left > 0)[:, None], [1, streams]),
        visible,
        begun_caches(decoder, kept, streams, config.longest),
    )


def _without_repeats(
    log_probs: tf.Tensor,
    loop: _Loop,
    size: tf.Tensor,
    phrases: tf.Tensor,
    options: SamplingOptions,
    config: SamplingConfig,
) -> tf.Tensor:
    """What may come next, ``NEVER`` for the rest.

    Args:
        log_probs: ``[B, W, vocabulary]``, ends forbidden.
        size: tokens of the prefix.
        phrases: from ``options.recent.phrases``.
    """
    order, far = config.repeat_order - 1, config.story_repeat_order - 1
    last = constraints.newest(loop.ids, size + loop.step, max(order, far))
    own = constraints.followed(loop.ids, last[:order])[-1]
    told = constraints.followed(options.recent.ids[:, None], last[:far])[-1] & phrases[:, None]
    scores = constraints.forbid(log_probs, *options.recent.beside(loop.ids, own, told))
    going_on = constraints.following(loop.newest, options.avoided)
    return constraints.priced(scores, *going_on, config.avoid_weight)


def _with_end(
    scores: tf.Tensor,
    log_probs: tf.Tensor,
    loop: _Loop,
    options: SamplingOptions,
    config: SamplingConfig,
) -> tf.Tensor:
    """The same, but for ends where they are due and for what the prefix asks."""
    may_end = loop.step + 1 >= config.shortest + options.left
    end = tf.where(may_end[:, None], log_probs[..., EOS_ID], NEVER)
    is_end = tf.range(log_probs.shape[-1]) == EOS_ID
    scores = tf.where(is_end, end[..., None], scores)
    return scores + healing.allowed(options.ending, options.beginning.own, loop.step, loop.healing)


def _apart(scores: tf.Tensor, openings: np.ndarray) -> tf.Tensor:
    """The likeliest tokens of different numbers, int32 ``[B, W]``; 0 where there are no more.

    Args:
        scores: ``[B, W, vocabulary]``, of which those of the first stream count.
        openings: int ``[vocabulary]``.
    """
    streams = scores.shape[1]
    numbers = tf.constant(openings, tf.int32)
    best = tf.math.unsorted_segment_max(
        tf.transpose(scores[:, 0]), numbers, int(openings.max()) + 1
    )
    best = tf.transpose(best)[:, 1:]
    count = min(streams, best.shape[1])
    values, order = tf.math.top_k(best, count)
    mine = tf.where(numbers == (order + 1)[..., None], scores[:, :1], 2 * NEVER)
    tokens = tf.argmax(mine, axis=2, output_type=tf.int32)
    tokens = tf.where(values > NEVER / 2, tokens, 0)
    return tf.pad(tokens, [[0, 0], [0, streams - count]])


def _draw(
    scores: tf.Tensor, uniform: tf.Tensor, options: SamplingOptions, config: SamplingConfig
) -> tf.Tensor:
    """Draw a token for each stream; earlier streams' draws cost ``diversity`` nats each.

    Args:
        scores: ``[B, W, vocabulary]``.
        uniform: ``[B, W]`` in [0, 1).
    """
    values, tokens = constraints.likeliest(scores, config.likeliest)
    # The best is taken out first: a temperature near 0 must not make infinities of all.
    scaled = (values - values[..., :1]) / options.temperature[:, None, None]
    scaled = tf.where(values > NEVER / 2, scaled, NEVER)
    first = _nucleus(scaled, tokens, uniform, options.top_p)
    same = tokens[..., None] == first[:, None, None]
    earlier = tf.linalg.band_part(tf.ones([config.streams, config.streams], tf.bool), -1, 0)
    earlier &= ~tf.eye(config.streams, dtype=tf.bool)
    times = tf.reduce_sum(tf.cast(same & earlier[:, None], tf.float32), axis=3)
    cost = tf.minimum(options.diversity, STRONGEST)[:, None, None]
    scaled, order = tf.math.top_k(scaled - cost * times, tokens.shape[-1])
    tokens = tf.gather(tokens, order, batch_dims=2)
    return _nucleus(scaled, tokens, uniform, options.top_p)


def _nucleus(
    logits: tf.Tensor, tokens: tf.Tensor, uniform: tf.Tensor, top_p: tf.Tensor
) -> tf.Tensor:
    """Invert the distribution function of the smallest set that holds ``top_p``.

    Args:
        logits: ``[B, W, k]``, largest first, of ``tokens``.
    """
    shares = tf.nn.softmax(logits)
    before = tf.cumsum(shares, axis=-1, exclusive=True)
    kept = tf.where(before < top_p[:, None, None], shares, 0.0)
    reached = tf.cumsum(kept, axis=-1)
    target = uniform[..., None] * reached[..., -1:]
    place = tf.reduce_sum(tf.cast(reached <= target, tf.int32), axis=-1)
    count = tf.reduce_sum(tf.cast(kept > 0, tf.int32), axis=-1)
    place = tf.minimum(place, count - 1)
    return tf.gather(tokens, place[..., None], batch_dims=2)[..., 0]


def _uniform(seed: tf.Tensor, streams: int, longest: int) -> tf.Tensor:
    """float32 ``[B, streams, longest]``; a row's numbers depend on its seed alone."""

    def row(value: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(
            [streams, longest], seed=tf.stack([value, 0]), alg="philox"
        )

    shape = tf.TensorSpec([streams, longest], tf.float32)
    return tf.map_fn(row, seed, fn_output_signature=shape)
