"""What the model has read of a story when it begins the next sentence."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from pipeline.records import BOS_ID
from trainer.decoder import Cache, Seen
from trainer.model import StoryModel


class Past(NamedTuple):
    """Everything that decoding needs of a story, computed once.

    Attributes:
        context: for each decoder layer, the tokens of the last C sentences, ``[B, C*S, ...]``.
        memory: for each decoder layer, the sentences before those, ``[B, N, ...]``.
        position: int ``[B]``, place in the running text at which the next sentence begins.
        sentence: int ``[B]``, index of the next sentence.
    """

    context: list[Seen]
    memory: list[Seen]
    position: tf.Tensor
    sentence: tf.Tensor


def encode_sentences(
    model: StoryModel, ids: tf.Tensor, lengths: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Encode sentences, each on its own.

    Args:
        ids: int32 ``[B, N, S]``, closed by EOS.
        lengths: int32 ``[B, N]``.

    Returns:
        Token states ``[B, N, S, d]``, sentence vectors ``[B, N, d]``, and which tokens are
        real, bool ``[B, N, S]``.
    """
    size = tf.shape(ids)[2]
    real = tf.range(size) < lengths[..., None]
    positions = tf.broadcast_to(tf.range(size), tf.shape(ids))
    states = model.encode(ids, tf.where(real, 0, -1), positions)
    vectors = tf.squeeze(model.encoder.pool(states, real[..., None, :]), axis=2)
    return states, vectors, real


def read_story(model: StoryModel, ids: tf.Tensor, lengths: tf.Tensor) -> Past:
    """Read a story sentence by sentence; arguments as for :func:`encode_sentences`."""
    states, vectors, real = encode_sentences(model, ids, lengths)
    near = model.config.context_sentences
    count = tf.reduce_sum(tf.cast(lengths > 0, tf.int32), axis=1)

    # The last C sentences, oldest first; slots before the beginning of the story are masked.
    index = count[:, None] - near + tf.range(near)
    held = tf.gather(states, tf.maximum(index, 0), batch_dims=1)
    seen = tf.gather(real, tf.maximum(index, 0), batch_dims=1) & (index >= 0)[..., None]
    batch, width = tf.shape(states)[0], model.config.width
    held = tf.reshape(held, [batch, -1, width])
    seen = tf.reshape(seen, [batch, -1])
    positions = tf.cumsum(tf.cast(seen, tf.int32), axis=1)

    numbers = tf.broadcast_to(tf.range(tf.shape(ids)[1]), tf.shape(lengths))
    remembered = numbers < (count - near)[:, None]
    context, memory = [], []
    for layer in model.decoder:
        keys, values = layer.context.keys_values(held, positions)
        context.append(Seen(keys, values, seen[:, None]))
        keys, values = layer.memory.keys_values(vectors, numbers)
        memory.append(Seen(keys, values, remembered[:, None]))
    return Past(context, memory, positions[:, -1], count)


def empty_caches(model: StoryModel, batch: tf.Tensor, beams: int, length: tf.Tensor) -> list[Cache]:
    """A cache for each decoder layer, ``[batch, beams, length, heads, channels]`` of zeros."""
    config = model.config
    shape = [batch, beams, length, config.heads, config.width // config.heads]
    zeros = tf.zeros(shape, model.compute_dtype)
    return [Cache(zeros, zeros, tf.constant(0)) for _ in model.decoder]


def next_token(
    model: StoryModel, past: Past, tokens: tf.Tensor, caches: list[Cache]
) -> tuple[tf.Tensor, list[Cache]]:
    """One step of decoding.

    Args:
        tokens: int ``[B, W]``, the newest token of each beam.
        caches: what came before it; their ``index`` is its place.

    Returns:
        Log-probabilities of the token after it ``[B, W, vocabulary]``, float32, and the caches.
    """
    shape = tf.concat([tf.shape(tokens), [1]], axis=0)
    positions = tf.broadcast_to((past.position + 1 + caches[0].index)[:, None, None], shape)
    sentence = tf.broadcast_to(past.sentence[:, None, None], shape)
    logits, extended = model.step(
        tokens[..., None], positions, sentence, list(caches), past.context, past.memory
    )
    return tf.nn.log_softmax(logits[:, :, 0]), [cache for cache in extended if cache is not None]


def log_likelihood(model: StoryModel, past: Past, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Log-probability of whole sentences as the next one.

    Args:
        ids: int32 ``[B, K, S]``, closed by EOS.
        lengths: int32 ``[B, K]``.

    Returns:
        float32 ``[B, K]``, natural logarithms, ends included.
    """
    shape, size = tf.shape(ids), tf.shape(ids)[2]
    positions = past.position[:, None, None] + 1 + tf.range(size)
    positions = tf.broadcast_to(positions, shape)
    sentence = tf.broadcast_to(past.sentence[:, None, None], shape)
    before = tf.pad(ids, [[0, 0], [0, 0], [1, 0]], constant_values=BOS_ID)[:, :, :-1]
    own = tf.linalg.band_part(tf.ones([size, size], tf.bool), -1, 0)[None, None]
    logits, _ = model.step(
        before, positions, sentence, [own] * len(model.decoder), past.context, past.memory
    )
    nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=logits)
    return -tf.reduce_sum(tf.where(tf.range(size) < lengths[..., None], nats, 0.0), axis=2)
