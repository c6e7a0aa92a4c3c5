"""Diverse beam search (Vijayakumar et al. 2018): groups of beams that keep apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from trainer.decoding import constraints
from trainer.decoding.network.cache import (
    GROWTH,
    BranchCache,
    Slots,
    empty_caches,
    first_rows,
    grown,
    nothing_written,
)
from trainer.decoding.network.decoder import FusedDecoder, Past
from trainer.decoding.network.kernels import NEVER
from trainer.decoding.recent import Recent


@dataclasses.dataclass(frozen=True)
class BeamConfig:
    """Attributes:
    groups, beams: number of groups and of beams in each.
    kept: ended hypotheses that each group keeps.
    diversity: what a token costs, in nats, for each beam of an earlier group that took it
        at the same step.
    shared_cost: what a bigram costs, in nats, that any beam has already written.
    story_cost: what a bigram costs that stands in the story's recent sentences.
    length_power: a hypothesis counts ``log_prob / length ** length_power``.
    repeat_order: no n-gram of this order stands twice in a candidate.
    story_repeat_order: no phrase (``Recent.phrases``) of this order stands in the story's
        recent sentences too.
    shortest, longest: tokens, the end included.
    """

    groups: int = 10
    beams: int = 1
    kept: int = 3
    diversity: float = 1.2
    shared_cost: float = 2.0
    story_cost: float = 2.0
    length_power: float = 1.0
    repeat_order: int = 3
    story_repeat_order: int = 3
    shortest: int = 6
    longest: int = 48


class Hypotheses(NamedTuple):
    """Ended candidates, best of each group first.

    Attributes:
        ids: int32 ``[B, groups, kept, L]``, closed by EOS.
        lengths: int32 ``[B, groups, kept]``, EOS included; 0 where there is none.
        log_probs: float32 ``[B, groups, kept]``.
        scores: float32 ``[B, groups, kept]``, length-normalised log-probability.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor


class _Loop(NamedTuple):
    step: tf.Tensor
    newest: tf.Tensor  # [B, W], W = groups * beams
    ids: tf.Tensor  # [B, W, L]
    alive: tf.Tensor  # [B, W], log-probability so far
    visible: tf.Tensor  # see Slots
    caches: list[BranchCache]
    done: Hypotheses
    open: tf.Tensor  # [B, groups], may still find something better


def beam_search(
    decoder: FusedDecoder, past: Past, recent: Recent, config: BeamConfig
) -> Hypotheses:
    """Search for likely next sentences of the stories in ``past``.

    Args:
        recent: what ``story_repeat_order`` is about.
    """
    batch = tf.shape(past.position)[0]
    inside = constraints.forbidden(decoder.vocabulary)
    phrases = recent.phrases(config.story_repeat_order)

    def advance(loop: _Loop, room: tf.Tensor, rows: tf.Tensor) -> _Loop:
        slots = Slots(
            rows, config.groups, config.beams, decoder.heads, loop.step, room, loop.visible
        )
        place = tf.reshape(loop.step, [1])
        last = constraints.newest(
            loop.ids, loop.step, max(config.repeat_order, config.story_repeat_order) - 1
        )
        second = tf.maximum(last[1][..., 0], 0)
        after, caches = decoder.step(past, loop.newest, second, place, slots, loop.caches)
        rules = _rules(loop.ids, last, recent, phrases, config)
        logits = constraints.forbid(after.logits, *rules.forbidden)  # ends are never among them
        done = _finish(loop, logits[..., EOS_ID] + after.shift[..., 0], config)
        values, tokens = constraints.likeliest(logits, config.groups * config.beams, inside)
        source, tokens, alive = _continue(loop, values + after.shift, tokens, rules, config)
        visible = slots.seen_after(source % config.beams)
        ids = tf.gather(loop.ids, source, batch_dims=1) if config.beams > 1 else loop.ids
        ids = tf.where(tf.range(config.longest) == loop.step, tokens[..., None], ids)
        still = loop.open & _promising(alive, loop.step + 1, done.scores, config)
        return _Loop(loop.step + 1, tokens, ids, alive, visible, caches, done, still)

    def stage(loop: _Loop) -> _Loop:
        """Some steps, with caches that have room for these."""
        room = tf.minimum(loop.step + GROWTH, config.longest)
        caches, visible = grown(loop.caches, loop.visible, config.beams, loop.step, room)
        rows = first_rows(batch, config.groups, config.beams, decoder.heads, room)
        loop = loop._replace(caches=caches, visible=visible)
        return _while(room, lambda loop: advance(loop, room, rows), loop)

    return _while(tf.constant(config.longest), stage, _start(decoder, batch, config)).done


def _while(steps: tf.Tensor, body: Callable[[_Loop], _Loop], start: _Loop) -> _Loop:
    """Go on until so many steps are taken, or nothing better can be found."""
    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    invariants = invariants._replace(
        visible=tf.TensorShape([*start.visible.shape[:3], None]),
        caches=tf.nest.map_structure(lambda t: tf.TensorShape([None, t.shape[1]]), start.caches),
    )
    (end,) = tf.while_loop(
        lambda loop: (loop.step < steps) & tf.reduce_any(loop.open),
        lambda loop: (body(loop),),
        (start,),
        shape_invariants=(invariants,),
    )
    return end


def _start(decoder: FusedDecoder, batch: tf.Tensor, config: BeamConfig) -> _Loop:
    groups, beams, longest = config.groups, config.beams, config.longest
    width, shape = groups * beams, [batch, groups, config.kept]
    first = tf.where(tf.range(width) % beams == 0, 0.0, NEVER)
    return _Loop(
        tf.constant(0),
        tf.fill([batch, width], BOS_ID),
        tf.zeros([batch, width, longest], tf.int32),
        tf.broadcast_to(first, [batch, width]),
        nothing_written(batch, groups, beams, 0),
        empty_caches(decoder, batch, groups, beams, 0),
        Hypotheses(
            tf.zeros([*shape, longest], tf.int32),
            tf.zeros(shape, tf.int32),
            tf.fill(shape, NEVER),
            tf.fill(shape, 2 * NEVER),
        ),
        tf.ones([batch, groups], tf.bool),
    )


def _finish(loop: _Loop, end: tf.Tensor, config: BeamConfig) -> Hypotheses:
    """Close every beam of the open groups here and keep the best ends of each group.

    Args:
        end: ``[B, W]``, log-probability of EOS.
    """
    shape = [-1, config.groups, config.beams]
    length = loop.step + 1
    log_probs = tf.reshape(loop.alive + end, shape)
    scores = log_probs / tf.cast(length, tf.float32) ** config.length_power
    # A beam that never began counts for nothing, and a closed group's answer stands: how long
    # the loop goes on depends on the other stories of the batch.
    real = loop.open[..., None] & (log_probs > NEVER / 2) & (length >= config.shortest)
    scores = tf.where(real, scores, 2 * NEVER)
    ids = tf.where(tf.range(config.longest) == loop.step, EOS_ID, loop.ids)
    pool = Hypotheses(
        tf.concat([loop.done.ids, tf.reshape(ids, [*shape, config.longest])], axis=2),
        tf.concat([loop.done.lengths, tf.where(real, length, 0)], axis=2),
        tf.concat([loop.done.log_probs, log_probs], axis=2),
        tf.concat([loop.done.scores, scores], axis=2),
    )
    _, index = tf.math.top_k(pool.scores, config.kept)
    return Hypotheses(*(tf.gather(part, index, batch_dims=2) for part in pool))


class _Rules(NamedTuple):
    """What must not, and what should not, come next: tokens, and where; see ``constraints``."""

    forbidden: tuple[tf.Tensor, tf.Tensor]
    shared: tuple[tf.Tensor, tf.Tensor]
    told: tuple[tf.Tensor, tf.Tensor]


def _rules(
    ids: tf.Tensor, last: list[tf.Tensor], recent: Recent, phrases: tf.Tensor, config: BeamConfig
) -> _Rules:
    """Look for the newest n-grams of each beam in what is written and told.

    Endings are what ten Korean sentences share most, and groups come to them at different steps,
    where a penalty on the same token at the same step does not reach ("n-gram diversity" of
    Vijayakumar et al. 2018, section 5.1): so a bigram that any beam has written has its price, and
    so has one of the story, which is told in ever the same phrases otherwise.

    Args:
        ids: int32 ``[B, W, L]``.
        last: from ``constraints.newest``.
        phrases: from ``recent.phrases``.
    """
    near, far = config.repeat_order - 2, config.story_repeat_order - 2
    own = constraints.followed(ids, last[: near + 1])[near]
    told = constraints.followed(recent.ids[:, None], last)
    (shared,) = constraints.followed(ids[:, None], [last[0][..., None]])
    size = ids.shape[1] * ids.shape[2]
    return _Rules(
        recent.beside(ids, own, told[far] & phrases[:, None]),
        (tf.reshape(ids, [-1, 1, size]), tf.reshape(shared, [-1, ids.shape[1], size])),
        (recent.ids[:, None], told[0]),
    )


def _promising(
    alive: tf.Tensor, length: tf.Tensor, scores: tf.Tensor, config: BeamConfig
) -> tf.Tensor:
    """Whether a group's best beam is on the way to beat the worst that the group has kept.

    A beam is taken to go on as well as it has begun; with ``length_power`` 0 nothing better is
    possible. bool ``[B, groups]``.
    """
    best = tf.reduce_max(tf.reshape(alive, [-1, config.groups, config.beams]), axis=2)
    rate = best / tf.cast(length, tf.float32) ** config.length_power
    return rate > tf.reduce_min(scores, axis=2)


def _continue(
    loop: _Loop, values: tf.Tensor, tokens: tf.Tensor, rules: _Rules, config: BeamConfig
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Choose the beams of the next step, group by group.

    Earlier groups make at most (groups - 1) * beams tokens of a beam worse, so a group's best
    `beams` are among the likeliest W.

    Args:
        values, tokens: the likeliest W of each beam, ``[B, W, W]``.

    Returns:
        Of each new beam ``[B, W]``: which beam it goes on from, its token, its log-probability.
    """
    groups, beams = config.groups, config.beams
    costs = config.shared_cost * constraints.among(tokens, *rules.shared)
    costs += config.story_cost * constraints.among(tokens, *rules.told)
    width = values.shape[-1]
    flat = [-1, groups, beams * width]
    true = tf.reshape(values + loop.alive[..., None], flat)
    steered = true - tf.reshape(costs, flat)
    tokens = tf.reshape(tokens, flat)
    places: list[tf.Tensor] = []
    for group, mine in enumerate(tf.unstack(tokens, axis=1)):
        _, best = tf.math.top_k(steered[:, group], beams)
        places.append(best)
        if config.diversity and group < groups - 1:
            taken = tf.gather(mine, best, batch_dims=1)[:, None, None]
            times = tf.reduce_sum(tf.cast(tokens[..., None] == taken, tf.float32), axis=3)
            steered -= config.diversity * times
    best = tf.stack(places, axis=1)
    source = best // width + tf.range(groups)[:, None] * beams
    chosen = (tf.gather(part, best, batch_dims=2) for part in (tokens, true))
    source, token, alive = (tf.reshape(part, [-1, groups * beams]) for part in (source, *chosen))
    return source, token, alive
