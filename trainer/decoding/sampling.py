"""Nucleus sampling (Holtzman et al. 2020) in parallel streams; each row has its own seed."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from trainer.decoding import constraints
from trainer.decoding.network.cache import KeyValueCache, StepView, initial_bias, null_rows
from trainer.decoding.network.decoder import EncodedStory, InferenceDecoder
from trainer.decoding.recent_text import RecentText
from trainer.decoding.token_healing import HEALED, HealedPrefix, healing_bias
from trainer.model.layers import NEG_INF

MAX_DIVERSITY = 1e6  # nats; a larger ``diversity`` has the same effect


@dataclasses.dataclass(frozen=True)
class SamplingConfig:
    """Settings that are fixed at export.

    Attributes:
        streams: candidates drawn for each story.
        top_k: number of likeliest tokens from which the nucleus is taken.
        no_repeat_ngram_size: no n-gram of this order occurs twice in a candidate.
        story_no_repeat_ngram_size: no phrase (``RecentText.phrase_ngrams``) of this order is
            repeated from the story's recent sentences.
        avoid_penalty: cost in nats of a token that continues as a sentence to avoid does.
        min_length, max_length: tokens after the prefix, EOS included.
    """

    streams: int = 12
    top_k: int = 128
    no_repeat_ngram_size: int = 3
    story_no_repeat_ngram_size: int = 3
    avoid_penalty: float = 2.0
    min_length: int = 4
    max_length: int = 48


class SamplingOptions(NamedTuple):
    """The options of a request; the first axis is the batch.

    Attributes:
        temperature, top_p, diversity: float32 ``[B]``.
        seed: int64 ``[B]``; a row's result depends on its own seed alone.
        prefix: how every candidate begins.
        completing, healed: from ``token_healing.completing_tokens``: which tokens complete the
            prefix, and how many of its tokens are decoded again.
        avoided: int32 ``[B, A, S]``, sentences to avoid, closed by EOS, padded with 0.
        recent: the text that ``story_no_repeat_ngram_size`` refers to.
    """

    temperature: tf.Tensor
    top_p: tf.Tensor
    diversity: tf.Tensor
    seed: tf.Tensor
    prefix: HealedPrefix
    completing: tf.Tensor
    healed: tf.Tensor
    avoided: tf.Tensor
    recent: RecentText


class Sequences(NamedTuple):
    """Decoded sentences.

    Attributes:
        ids: int32 ``[B, H, L]``, closed by EOS.
        lengths: int32 ``[B, H]``, EOS included.
        log_probs: float32 ``[B, H]``, the model's own, without options and constraints.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor


class _SamplingState(NamedTuple):
    step: tf.Tensor
    newest: tf.Tensor  # [B, W]
    ids: tf.Tensor  # [B, W, P + L], prefixes aligned to the right
    lengths: tf.Tensor  # [B, W], 0 until a stream has ended
    log_probs: tf.Tensor  # [B, W]
    healing: tf.Tensor  # [B, W]
    history_bias: tf.Tensor  # see StepView
    caches: list[KeyValueCache]


def sample(
    decoder: InferenceDecoder,
    story: EncodedStory,
    options: SamplingOptions,
    config: SamplingConfig,
    first_letters: np.ndarray | None = None,
) -> Sequences:
    """Sample next sentences.

    Args:
        first_letters: int ``[vocabulary]``, from ``generation.first_letter_ids``. If given,
            each stream begins (after a prefix that is not healed) with the likeliest token of
            another first letter.
    """
    batch, streams = tf.shape(story.position)[0], config.streams
    prefix = options.prefix
    size = tf.shape(prefix.ids)[1]
    capacity = size + config.max_length
    draws = _uniform_draws(options.seed, streams, config.max_length)
    suppressed = constraints.suppressed_token_bias(decoder.vocabulary)
    phrases = options.recent.phrase_ngrams(config.story_no_repeat_ngram_size)
    start = _initial_state(decoder, story, options, config)
    rows = null_rows(batch, streams, 1, decoder.heads, capacity)

    def decode_step(state: _SamplingState) -> _SamplingState:
        view = StepView(
            rows, streams, 1, decoder.heads, size + state.step, capacity, state.history_bias
        )
        back = size + state.step - 2  # place before the newest token; zeros precede a prefix
        previous = tf.where(back >= 0, state.ids[:, :, tf.maximum(back, 0)], 0)
        logits, caches = decoder.step(
            story, state.newest, previous, prefix.lengths + state.step, view, state.caches
        )
        log_probs = logits.log_probs
        scores = _block_repeats(log_probs + suppressed, state, size, phrases, options, config)
        scores = _constrain_ends(scores, log_probs, state, options, config)
        uniform = tf.gather(draws, state.step, axis=2)
        token = _sample_tokens(scores, uniform, options, config)
        if first_letters is not None:
            first = _distinct_first_tokens(scores, first_letters)
            token = tf.where((state.step == 0) & (first > 0), first, token)
        token = tf.where(state.step == config.max_length - 1, EOS_ID, token)
        active = state.lengths == 0
        token = tf.where(active, token, EOS_ID)
        gain = tf.gather(log_probs, token[..., None], batch_dims=2)[..., 0]
        here = tf.range(capacity) == size + state.step
        length = prefix.lengths[:, None] + state.step + 1
        completing = tf.gather(options.completing, tf.minimum(state.step, HEALED - 1), axis=1)
        completed = tf.gather(completing, token, batch_dims=1)
        return _SamplingState(
            state.step + 1,
            token,
            tf.where(here, token[..., None], state.ids),
            tf.where(active & (token == EOS_ID), length, state.lengths),
            state.log_probs + tf.where(active, gain, 0.0),
            state.healing & ~completed & (state.step + 1 < options.healed[:, None]),
            view.history_bias,
            caches,
        )

    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    (end,) = tf.while_loop(
        lambda state: (state.step < config.max_length) & tf.reduce_any(state.lengths == 0),
        lambda state: (decode_step(state),),
        (start,),
        shape_invariants=(invariants,),
    )
    # Align the sentences, prefixes included, to the left.
    places = (size - prefix.lengths)[:, None] + tf.range(capacity)
    ids = tf.pad(end.ids, [[0, 0], [0, 0], [0, size]])
    places = tf.broadcast_to(places[:, None], tf.shape(end.ids))
    return Sequences(tf.gather(ids, places, batch_dims=2), end.lengths, end.log_probs)


def _initial_state(
    decoder: InferenceDecoder,
    story: EncodedStory,
    options: SamplingOptions,
    config: SamplingConfig,
) -> _SamplingState:
    """Run the decoder over the prefixes, all tokens at once and once for all streams."""
    batch, streams = tf.shape(story.position)[0], config.streams
    prefix = options.prefix
    size = tf.shape(prefix.ids)[1]
    inputs = tf.pad(prefix.ids, [[0, 0], [1, 0]], constant_values=BOS_ID)
    log_probs, keys_values = decoder.forward(story, inputs[:, None, :-1])
    chosen = tf.gather(log_probs[:, 0], prefix.ids[..., None], batch_dims=2)[..., 0]
    real = tf.range(size) < prefix.lengths[:, None]
    total = tf.reduce_sum(tf.where(real, chosen, 0.0), axis=1)
    newest = tf.gather(inputs, prefix.lengths, batch_dims=1)

    source = tf.range(size) - (size - prefix.lengths)[:, None]  # aligns to the right
    ids = tf.gather(tf.pad(prefix.ids, [[0, 0], [0, 1]]), tf.maximum(source, 0), batch_dims=1)
    ids = tf.pad(tf.where(source >= 0, ids, 0), [[0, 0], [0, config.max_length]])
    capacity = size + config.max_length
    visible = tf.tile(tf.pad(real, [[0, 0], [1, config.max_length]])[:, None], [1, streams, 1])
    history_bias = initial_bias(batch, streams, 1, capacity)
    history_bias = tf.where(tf.reshape(visible, tf.shape(history_bias)), 0.0, history_bias)
    return _SamplingState(
        tf.constant(0),
        tf.tile(newest[:, None], [1, streams]),
        tf.tile(ids[:, None], [1, streams, 1]),
        tf.zeros([batch, streams], tf.int32),
        tf.tile(total[:, None], [1, streams]),
        tf.tile((options.healed > 0)[:, None], [1, streams]),
        history_bias,
        decoder.prefix_caches(keys_values, streams, config.max_length),
    )


def _block_repeats(
    log_probs: tf.Tensor,
    state: _SamplingState,
    size: tf.Tensor,
    phrases: tf.Tensor,
    options: SamplingOptions,
    config: SamplingConfig,
) -> tf.Tensor:
    """Mask tokens that would repeat an n-gram; penalise those that follow a sentence to avoid.

    Args:
        log_probs: ``[B, W, vocabulary]``, EOS suppressed.
        size: tokens of the prefix.
        phrases: from ``options.recent.phrase_ngrams``.
    """
    order, story_order = config.no_repeat_ngram_size - 1, config.story_no_repeat_ngram_size - 1
    last = constraints.last_tokens(state.ids, size + state.step, max(order, story_order))
    recent = options.recent
    in_written = constraints.repeated_ngrams(state.ids, last[:order])[-1]
    in_recent = constraints.repeated_ngrams(recent.ids[:, None], last[:story_order])[-1]
    repeated = recent.with_written(state.ids, in_written, in_recent & phrases[:, None])
    scores = constraints.mask_tokens(log_probs, *repeated)
    avoided = constraints.avoided_continuations(state.newest, options.avoided)
    return constraints.penalize_tokens(scores, *avoided, config.avoid_penalty)


def _constrain_ends(
    scores: tf.Tensor,
    log_probs: tf.Tensor,
    state: _SamplingState,
    options: SamplingOptions,
    config: SamplingConfig,
) -> tf.Tensor:
    """Allow EOS where a candidate is long enough, and hold streams to the end of the prefix."""
    may_end = state.step + 1 >= config.min_length + options.healed
    end = tf.where(may_end[:, None], log_probs[..., EOS_ID], NEG_INF)
    is_end = tf.range(log_probs.shape[-1]) == EOS_ID
    scores = tf.where(is_end, end[..., None], scores)
    removed = options.prefix.removed
    return scores + healing_bias(options.completing, removed, state.step, state.healing)


def _distinct_first_tokens(scores: tf.Tensor, first_letters: np.ndarray) -> tf.Tensor:
    """The likeliest tokens of different first letters, int32 ``[B, W]``; 0 if there are no more.

    Args:
        scores: ``[B, W, vocabulary]``, of which those of the first stream count.
        first_letters: int ``[vocabulary]``.
    """
    streams = scores.shape[1]
    letters = tf.constant(first_letters, tf.int32)
    best = tf.math.unsorted_segment_max(
        tf.transpose(scores[:, 0]), letters, int(first_letters.max()) + 1
    )
    best = tf.transpose(best)[:, 1:]
    count = min(streams, best.shape[1])
    values, order = tf.math.top_k(best, count)
    masked = tf.where(letters == (order + 1)[..., None], scores[:, :1], 2 * NEG_INF)
    tokens = tf.argmax(masked, axis=2, output_type=tf.int32)
    tokens = tf.where(values > NEG_INF / 2, tokens, 0)
    return tf.pad(tokens, [[0, 0], [0, streams - count]])


def _sample_tokens(
    scores: tf.Tensor, uniform: tf.Tensor, options: SamplingOptions, config: SamplingConfig
) -> tf.Tensor:
    """Sample a token for each stream; each earlier stream that took it costs ``diversity`` nats.

    Args:
        scores: ``[B, W, vocabulary]``.
        uniform: ``[B, W]`` in [0, 1).
    """
    values, tokens = constraints.top_k(scores, config.top_k)
    # The maximum is subtracted first: a temperature near 0 must not make all scores infinite.
    scaled = (values - values[..., :1]) / options.temperature[:, None, None]
    scaled = tf.where(values > NEG_INF / 2, scaled, NEG_INF)
    first = _nucleus_sample(scaled, tokens, uniform, options.top_p)
    same = tokens[..., None] == first[:, None, None]
    earlier = tf.linalg.band_part(tf.ones([config.streams, config.streams], tf.bool), -1, 0)
    earlier &= ~tf.eye(config.streams, dtype=tf.bool)
    times = tf.reduce_sum(tf.cast(same & earlier[:, None], tf.float32), axis=3)
    penalty = tf.minimum(options.diversity, MAX_DIVERSITY)[:, None, None]
    scaled, order = tf.math.top_k(scaled - penalty * times, tokens.shape[-1])
    tokens = tf.gather(tokens, order, batch_dims=2)
    return _nucleus_sample(scaled, tokens, uniform, options.top_p)


def _nucleus_sample(
    logits: tf.Tensor, tokens: tf.Tensor, uniform: tf.Tensor, top_p: tf.Tensor
) -> tf.Tensor:
    """Sample from the smallest set of tokens that holds ``top_p``, by inverse transform.

    Args:
        logits: ``[B, W, k]``, largest first, of ``tokens``.
    """
    probs = tf.nn.softmax(logits)
    cumulative = tf.cumsum(probs, axis=-1, exclusive=True)
    nucleus = tf.where(cumulative < top_p[:, None, None], probs, 0.0)
    reached = tf.cumsum(nucleus, axis=-1)
    target = uniform[..., None] * reached[..., -1:]
    place = tf.reduce_sum(tf.cast(reached <= target, tf.int32), axis=-1)
    count = tf.reduce_sum(tf.cast(nucleus > 0, tf.int32), axis=-1)
    place = tf.minimum(place, count - 1)
    return tf.gather(tokens, place[..., None], batch_dims=2)[..., 0]


def _uniform_draws(seed: tf.Tensor, streams: int, steps: int) -> tf.Tensor:
    """float32 ``[B, streams, steps]``; a row's numbers depend on its seed alone."""

    def row(value: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(
            [streams, steps], seed=tf.stack([value, 0]), alg="philox"
        )

    shape = tf.TensorSpec([streams, steps], tf.float32)
    return tf.map_fn(row, seed, fn_output_signature=shape)
