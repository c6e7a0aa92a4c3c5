"""Diverse beam search (Vijayakumar et al. 2018): groups of beams that keep out of each other's way.

One ``tf.while_loop`` with key/value caches. Context and memory are shared by all beams and
never copied for each.
"""

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
class BeamConfig:
    """Attributes:
    groups, beams: number of groups and of beams in each.
    diversity: what a token costs, in nats, for each beam of an earlier group that took it
        at the same step.
    length_power: a hypothesis counts ``log_prob / length ** length_power``.
    repeat_order: no n-gram of this order stands twice in a candidate.
    """

    groups: int = 5
    beams: int = 4
    diversity: float = 0.8
    length_power: float = 1.0
    repeat_order: int = 3
    shortest: int = 6
    longest: int = 48


class Hypotheses(NamedTuple):
    """Finished candidates, best of each group first.

    Attributes:
        ids: int32 ``[B, groups, beams, L]``, closed by EOS.
        lengths: int32 ``[B, groups, beams]``, EOS included.
        scores: float32 ``[B, groups, beams]``, length-normalised log-probability.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    scores: tf.Tensor


class _Loop(NamedTuple):
    step: tf.Tensor
    ids: tf.Tensor  # [B, W, L], W = groups * beams
    alive: tf.Tensor  # [B, W], log-probability so far
    caches: list[Cache]
    done: Hypotheses


def beam_search(model: StoryModel, past: Past, config: BeamConfig) -> Hypotheses:
    """Search for likely next sentences of the stories in ``past``."""
    batch = tf.shape(past.position)[0]
    beams, width = config.beams, config.groups * config.beams
    vocabulary = model.config.vocabulary
    allowed = constraints.forbidden(vocabulary)

    def going_on(loop: _Loop) -> tf.Tensor:
        # A beam can gain nothing but length: is its best possible end better than the worst
        # that its group has found?
        best = tf.reduce_max(tf.reshape(loop.alive, [-1, config.groups, beams]), axis=2)
        possible = best / config.longest**config.length_power
        open_ = tf.reduce_any(possible > tf.reduce_min(loop.done.scores, axis=2))
        return (loop.step < config.longest) & open_

    def advance(loop: _Loop) -> _Loop:
        newest = tf.gather(loop.ids, tf.maximum(loop.step - 1, 0), axis=2)
        newest = tf.where(loop.step == 0, BOS_ID, newest)
        caches = [cache._replace(index=loop.step) for cache in loop.caches]
        log_probs, caches = next_token(model, past, newest, caches)
        log_probs += allowed + constraints.repeats(
            loop.ids, loop.step, config.repeat_order, vocabulary
        )
        done = _finish(loop, log_probs[..., EOS_ID], config)
        ongoing = log_probs + constraints.NEVER * tf.one_hot(EOS_ID, vocabulary)
        source, tokens, alive = _continue(loop.alive, ongoing, config)
        ids = tf.gather(loop.ids, source, batch_dims=1)
        here = tf.range(config.longest) == loop.step
        ids = tf.where(here, tokens[..., None], ids)
        caches = [
            Cache(
                tf.gather(cache.keys, source, batch_dims=1),
                tf.gather(cache.values, source, batch_dims=1),
                loop.step,
            )
            for cache in caches
        ]
        return _Loop(loop.step + 1, ids, alive, caches, done)

    shape = [batch, config.groups, beams]
    first = tf.where(tf.range(width) % beams == 0, 0.0, constraints.NEVER)
    start = _Loop(
        tf.constant(0),
        tf.zeros([batch, width, config.longest], tf.int32),
        tf.broadcast_to(first, [batch, width]),
        empty_caches(model, batch, width, tf.constant(config.longest)),
        Hypotheses(
            tf.zeros([*shape, config.longest], tf.int32),
            tf.zeros(shape, tf.int32),
            tf.fill(shape, 2 * constraints.NEVER),
        ),
    )
    invariants = tf.nest.map_structure(lambda t: t.shape, start)
    (end,) = tf.while_loop(
        going_on, lambda loop: (advance(loop),), (start,), shape_invariants=(invariants,)
    )
    return end.done


def _finish(loop: _Loop, end: tf.Tensor, config: BeamConfig) -> Hypotheses:
    """Close every beam here and keep the best ends of each group.

    Args:
        end: ``[B, W]``, log-probability of EOS.
    """
    shape = [-1, config.groups, config.beams]
    length = loop.step + 1
    scores = (loop.alive + end) / tf.cast(length, tf.float32) ** config.length_power
    scores = tf.where(length >= config.shortest, scores, 2 * constraints.NEVER)
    ids = tf.where(tf.range(config.longest) == loop.step, EOS_ID, loop.ids)
    ids = tf.reshape(ids, [*shape, config.longest])
    lengths = tf.fill(tf.shape(loop.done.lengths), length)
    pool = Hypotheses(
        tf.concat([loop.done.ids, ids], axis=2),
        tf.concat([loop.done.lengths, lengths], axis=2),
        tf.concat([loop.done.scores, tf.reshape(scores, shape)], axis=2),
    )
    best, index = tf.math.top_k(pool.scores, config.beams)
    return Hypotheses(
        tf.gather(pool.ids, index, batch_dims=2),
        tf.gather(pool.lengths, index, batch_dims=2),
        best,
    )


def _continue(
    alive: tf.Tensor, log_probs: tf.Tensor, config: BeamConfig
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Choose the beams of the next step, group by group.

    Args:
        alive: ``[B, W]``.
        log_probs: ``[B, W, vocabulary]``.

    Returns:
        Of each new beam ``[B, W]``: which beam it goes on from, its token, its log-probability.
    """
    beams, vocabulary = config.beams, log_probs.shape[-1]
    taken = tf.zeros_like(log_probs[:, :1])
    sources, tokens, scores = [], [], []
    for group in range(config.groups):
        mine = slice(group * beams, (group + 1) * beams)
        # The best of each beam first, then the best of those: far fewer values to sort.
        steered, index = tf.math.top_k(log_probs[:, mine] - config.diversity * taken, beams)
        total = tf.reshape(steered + alive[:, mine, None], [-1, beams * beams])
        _, best = tf.math.top_k(total, beams)
        source = best // beams
        token = tf.gather(tf.reshape(index, [-1, beams * beams]), best, batch_dims=1)
        true = tf.gather(log_probs[:, mine], source, batch_dims=1)
        true = tf.gather(true, token[..., None], batch_dims=2)[..., 0]
        sources.append(source + group * beams)
        tokens.append(token)
        scores.append(tf.gather(alive[:, mine], source, batch_dims=1) + true)
        taken += constraints.add_at(token[:, None], tf.ones_like(true)[:, None], vocabulary)
    return tf.concat(sources, 1), tf.concat(tokens, 1), tf.concat(scores, 1)
