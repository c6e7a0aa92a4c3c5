"""Diverse beam search (Vijayakumar et al. 2018): groups of beams that are kept apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from trainer.decoding import constraints
from trainer.decoding.network.cache import (
    GROWTH,
    KeyValueCache,
    StepView,
    grow_caches,
    initial_bias,
    null_rows,
)
from trainer.decoding.network.decoder import EncodedStory, InferenceDecoder
from trainer.decoding.recent_text import RecentText
from trainer.model.layers import NEG_INF


@dataclasses.dataclass(frozen=True)
class BeamConfig:
    """Settings of the search; penalties are in nats.

    Attributes:
        groups, beams: number of groups and of beams in each.
        finished: finished hypotheses that each group keeps.
        diversity_penalty: cost of a token for each beam of an earlier group that took it at the
            same step.
        shared_bigram_penalty: cost of a bigram that any beam has already written.
        story_bigram_penalty: cost of a bigram of the story's recent sentences.
        length_penalty: a hypothesis scores ``log_prob / length ** length_penalty``.
        no_repeat_ngram_size: no n-gram of this order occurs twice in a candidate.
        story_no_repeat_ngram_size: no phrase (``RecentText.phrase_ngrams``) of this order is
            repeated from the story's recent sentences.
        min_length, max_length: tokens, EOS included.
    """

    groups: int = 10
    beams: int = 1
    finished: int = 3
    diversity_penalty: float = 1.2
    shared_bigram_penalty: float = 2.0
    story_bigram_penalty: float = 2.0
    length_penalty: float = 1.0
    no_repeat_ngram_size: int = 3
    story_no_repeat_ngram_size: int = 3
    min_length: int = 6
    max_length: int = 48


class Hypotheses(NamedTuple):
    """Finished candidates, best of each group first.

    Attributes:
        ids: int32 ``[B, groups, finished, L]``, closed by EOS.
        lengths: int32 ``[B, groups, finished]``, EOS included; 0 where there is none.
        log_probs: float32 ``[B, groups, finished]``.
        scores: float32 ``[B, groups, finished]``, length-normalised log-probability.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor


class _SearchState(NamedTuple):
    step: tf.Tensor
    newest: tf.Tensor  # [B, W], W = groups * beams
    ids: tf.Tensor  # [B, W, L]
    log_probs: tf.Tensor  # [B, W], of what is written
    history_bias: tf.Tensor  # see StepView
    caches: list[KeyValueCache]
    finished: Hypotheses
    active: tf.Tensor  # [B, groups], may still find something better


def beam_search(
    decoder: InferenceDecoder, story: EncodedStory, recent: RecentText, config: BeamConfig
) -> Hypotheses:
    """Search for likely next sentences.

    Args:
        recent: the text that the settings called ``story_…`` refer to.
    """
    batch = tf.shape(story.position)[0]
    suppressed = constraints.suppressed_token_bias(decoder.vocabulary)
    phrases = recent.phrase_ngrams(config.story_no_repeat_ngram_size)

    def decode_step(state: _SearchState, capacity: tf.Tensor, rows: tf.Tensor) -> _SearchState:
        view = StepView(
            rows, config.groups, config.beams, decoder.heads,
            state.step, capacity, state.history_bias,
        )  # fmt: skip
        place = tf.reshape(state.step, [1])
        order = max(config.no_repeat_ngram_size, config.story_no_repeat_ngram_size)
        last = constraints.last_tokens(state.ids, state.step, order - 1)
        previous = tf.maximum(last[1][..., 0], 0)
        after, caches = decoder.step(story, state.newest, previous, place, view, state.caches)
        repeats = _find_repeats(state.ids, last, recent, phrases, config)
        logits = constraints.mask_tokens(after.logits, *repeats.blocked)  # EOS is never blocked
        finished = _finish(state, logits[..., EOS_ID] + after.shift[..., 0], config)
        values, tokens = constraints.top_k(logits, config.groups * config.beams, suppressed)
        source, tokens, log_probs = _extend(state, values + after.shift, tokens, repeats, config)
        history_bias = view.reordered_bias(source % config.beams)
        ids = tf.gather(state.ids, source, batch_dims=1) if config.beams > 1 else state.ids
        ids = tf.where(tf.range(config.max_length) == state.step, tokens[..., None], ids)
        active = state.active & _can_improve(log_probs, state.step + 1, finished.scores, config)
        return _SearchState(
            state.step + 1, tokens, ids, log_probs, history_bias, caches, finished, active
        )

    def decode_steps(state: _SearchState) -> _SearchState:
        """Grow the caches, then decode as many steps as they have room for."""
        capacity = tf.minimum(state.step + GROWTH, config.max_length)
        caches, history_bias = grow_caches(
            state.caches, state.history_bias, config.beams, state.step, capacity
        )
        rows = null_rows(batch, config.groups, config.beams, decoder.heads, capacity)
        state = state._replace(caches=caches, history_bias=history_bias)
        return _while(capacity, lambda state: decode_step(state, capacity, rows), state)

    start = _initial_state(decoder, batch, config)
    return _while(tf.constant(config.max_length), decode_steps, start).finished


def _while(
    steps: tf.Tensor, body: Callable[[_SearchState], _SearchState], start: _SearchState
) -> _SearchState:
    """Loop until ``steps`` steps are done or no group is active."""
    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    invariants = invariants._replace(
        history_bias=tf.TensorShape([*start.history_bias.shape[:3], None]),
        caches=tf.nest.map_structure(lambda t: tf.TensorShape([None, t.shape[1]]), start.caches),
    )
    (end,) = tf.while_loop(
        lambda state: (state.step < steps) & tf.reduce_any(state.active),
        lambda state: (body(state),),
        (start,),
        shape_invariants=(invariants,),
    )
    return end


def _initial_state(decoder: InferenceDecoder, batch: tf.Tensor, config: BeamConfig) -> _SearchState:
    groups, beams, longest = config.groups, config.beams, config.max_length
    width, shape = groups * beams, [batch, groups, config.finished]
    first = tf.where(tf.range(width) % beams == 0, 0.0, NEG_INF)
    return _SearchState(
        tf.constant(0),
        tf.fill([batch, width], BOS_ID),
        tf.zeros([batch, width, longest], tf.int32),
        tf.broadcast_to(first, [batch, width]),
        initial_bias(batch, groups, beams, 0),
        decoder.empty_caches(batch, groups, beams, 0),
        Hypotheses(
            tf.zeros([*shape, longest], tf.int32),
            tf.zeros(shape, tf.int32),
            tf.fill(shape, NEG_INF),
            tf.fill(shape, 2 * NEG_INF),
        ),
        tf.ones([batch, groups], tf.bool),
    )


def _finish(state: _SearchState, end: tf.Tensor, config: BeamConfig) -> Hypotheses:
    """End every beam of the active groups at this step; keep the best hypotheses of each group.

    Args:
        end: ``[B, W]``, log-probability of EOS.
    """
    shape = [-1, config.groups, config.beams]
    length = state.step + 1
    log_probs = tf.reshape(state.log_probs + end, shape)
    scores = log_probs / tf.cast(length, tf.float32) ** config.length_penalty
    # Unused beams do not count, nor do those of a group that is done: how long the loop runs
    # depends on the other stories of the batch, and a row's result must not.
    real = state.active[..., None] & (log_probs > NEG_INF / 2) & (length >= config.min_length)
    scores = tf.where(real, scores, 2 * NEG_INF)
    ids = tf.where(tf.range(config.max_length) == state.step, EOS_ID, state.ids)
    finished = state.finished
    pool = Hypotheses(
        tf.concat([finished.ids, tf.reshape(ids, [*shape, config.max_length])], axis=2),
        tf.concat([finished.lengths, tf.where(real, length, 0)], axis=2),
        tf.concat([finished.log_probs, log_probs], axis=2),
        tf.concat([finished.scores, scores], axis=2),
    )
    _, index = tf.math.top_k(pool.scores, config.finished)
    return Hypotheses(*(tf.gather(part, index, batch_dims=2) for part in pool))


class _Repeats(NamedTuple):
    """Tokens that would repeat something, and which of them; see ``constraints``.

    Attributes:
        blocked: must not come next.
        shared: would repeat a bigram that a beam has written.
        story: would repeat a bigram of the story's recent sentences.
    """

    blocked: tuple[tf.Tensor, tf.Tensor]
    shared: tuple[tf.Tensor, tf.Tensor]
    story: tuple[tf.Tensor, tf.Tensor]


def _find_repeats(
    ids: tf.Tensor,
    last: list[tf.Tensor],
    recent: RecentText,
    phrases: tf.Tensor,
    config: BeamConfig,
) -> _Repeats:
    """Look up the last n-grams of each beam in what is written and in the story.

    Ten Korean sentences share mostly their endings, which groups reach at different steps, where
    ``diversity_penalty`` has no effect ("n-gram diversity" of Vijayakumar et al. 2018, section
    5.1). So a bigram that any beam has written is penalised. So is one of the story, which would
    otherwise go on in the same few phrases.

    Args:
        ids: int32 ``[B, W, L]``.
        last: from ``constraints.last_tokens``.
        phrases: from ``recent.phrase_ngrams``.
    """
    order, story_order = config.no_repeat_ngram_size - 2, config.story_no_repeat_ngram_size - 2
    in_written = constraints.repeated_ngrams(ids, last[: order + 1])[order]
    in_recent = constraints.repeated_ngrams(recent.ids[:, None], last)
    (shared,) = constraints.repeated_ngrams(ids[:, None], [last[0][..., None]])
    size = ids.shape[1] * ids.shape[2]
    return _Repeats(
        recent.with_written(ids, in_written, in_recent[story_order] & phrases[:, None]),
        (tf.reshape(ids, [-1, 1, size]), tf.reshape(shared, [-1, ids.shape[1], size])),
        (recent.ids[:, None], in_recent[0]),
    )


def _can_improve(
    log_probs: tf.Tensor, length: tf.Tensor, scores: tf.Tensor, config: BeamConfig
) -> tf.Tensor:
    """Whether a group's best beam may still beat the worst of the group's finished hypotheses.

    Assumes that a beam keeps its mean log-probability. With ``length_penalty`` 0 that is a bound,
    not an assumption. bool ``[B, groups]``.
    """
    best = tf.reduce_max(tf.reshape(log_probs, [-1, config.groups, config.beams]), axis=2)
    rate = best / tf.cast(length, tf.float32) ** config.length_penalty
    return rate > tf.reduce_min(scores, axis=2)


def _extend(
    state: _SearchState, values: tf.Tensor, tokens: tf.Tensor, repeats: _Repeats, config: BeamConfig
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Choose the beams of the next step, group by group.

    Earlier groups penalise at most (groups - 1) * beams tokens of a beam, so a group's best
    ``beams`` are among its W likeliest.

    Args:
        values, tokens: the W likeliest of each beam, ``[B, W, W]``.

    Returns:
        Of each new beam ``[B, W]``: the beam it extends, its token, its log-probability.
    """
    groups, beams = config.groups, config.beams
    penalties = config.shared_bigram_penalty * constraints.occurs_in(tokens, *repeats.shared)
    penalties += config.story_bigram_penalty * constraints.occurs_in(tokens, *repeats.story)
    width = values.shape[-1]
    flat = [-1, groups, beams * width]
    log_probs = tf.reshape(values + state.log_probs[..., None], flat)
    scores = log_probs - tf.reshape(penalties, flat)
    tokens = tf.reshape(tokens, flat)
    places: list[tf.Tensor] = []
    for group, group_tokens in enumerate(tf.unstack(tokens, axis=1)):
        _, best = tf.math.top_k(scores[:, group], beams)
        places.append(best)
        if config.diversity_penalty and group < groups - 1:
            taken = tf.gather(group_tokens, best, batch_dims=1)[:, None, None]
            times = tf.reduce_sum(tf.cast(tokens[..., None] == taken, tf.float32), axis=3)
            scores -= config.diversity_penalty * times
    best = tf.stack(places, axis=1)
    source = best // width + tf.range(groups)[:, None] * beams
    chosen = (tf.gather(part, best, batch_dims=2) for part in (tokens, log_probs))
    source, token, log_prob = (tf.reshape(part, [-1, groups * beams]) for part in (source, *chosen))
    return source, token, log_prob
