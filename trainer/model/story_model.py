"""The story model: encodes every sentence once, remembers them as vectors, writes the next.

See :meth:`StoryModel.call`. Decoding computes the same from the same weights (trainer.decoding).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
from keras import ops

from pipeline.records import BOS_ID
from trainer.configuration import ModelConfig, slots_per_row
from trainer.model.decoder import DecoderLayer, Seen
from trainer.model.encoder import SentenceEncoder
from trainer.model.layers import Tensor, norm
from trainer.model.pointer import Pointer, mixed


class Predicted(NamedTuple):
    """What is said of every token of some text, float32 ``[B, R, T]`` each.

    Attributes:
        log_probs: log-probability of the token that stands there.
        spread: mean log-probability of all tokens that could, copies not counted.
    """

    log_probs: Tensor
    spread: Tensor


class StoryModel(keras.Model):
    """Encoder–decoder Transformer with a memory of sentences.

    What lies before the context is remembered twice: as a vector a sentence, into which every
    decoder layer looks, and as its words, to which the output points (trainer.model.pointer). Token
    embeddings are shared by encoder, decoder and output (Press and Wolf 2017).
    """

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = config
        self.encoder = SentenceEncoder(config, name="encoder")
        self.decoder = [
            DecoderLayer(config, name=f"decoder_{i}") for i in range(config.decoder_layers)
        ]
        self.out_norm = norm("out_norm")
        self.pointer = Pointer(config.width, name="pointer")
        self.dropout = keras.layers.Dropout(config.dropout)
        # Built here and not at the first call: decoding and export never make that call.
        self.embedding = self.add_weight(
            name="embedding",
            shape=(config.vocabulary, config.width),
            initializer=keras.initializers.RandomNormal(stddev=config.width**-0.5),
        )
        self.encoder.build((None, config.width))
        for layer in self.decoder:
            layer.build((None, config.width))
        self.out_norm.build((None, config.width))
        self.pointer.build((None, config.width))
        self.built = True

    def call(
        self,
        tokens: Tensor,
        sentences: Tensor,
        passages: Tensor,
        training: bool = False,
        reach: int | None = None,
    ) -> Predicted:
        """Predict every token of every sentence of some windows.

        Rows hold whole sentences, one after the other, each closed by its EOS. Nothing said of a
        token depends on what follows it, or on another passage.

        Args:
            tokens: int ``[B, R, T]``, windows of R consecutive rows.
            sentences: int ``[B, R, T]``, index in its passage of each token's sentence;
                -1 is padding.
            passages: int ``[B, R]``, which passage a row is of.
            reach: how many sentences back the memory reaches; all if not given.
        """
        if not self.config.memory:
            reach = self.config.context_sentences
        _, rows, length = tokens.shape
        flat = ops.cast(ops.reshape(sentences >= 0, (-1, rows * length)), "int32")
        positions = ops.reshape(ops.cumsum(flat, axis=1), (-1, rows, length))

        states = self.encode(tokens, sentences, positions, training=training)
        context_mask = self._context_mask(sentences, passages)
        vectors, numbers = self._remember(states, sentences)
        memory_mask = self._memory_mask(sentences, passages, numbers, reach)
        numbers = ops.reshape(numbers, (-1, rows * numbers.shape[-1]))

        before = ops.pad(tokens, ((0, 0), (0, 0), (1, 0)), constant_values=BOS_ID)[..., :-1]
        earlier = ops.pad(sentences, ((0, 0), (0, 0), (1, 0)), constant_values=-1)[..., :-1]
        inputs = ops.where(earlier == sentences, before, BOS_ID)
        x = self.dropout(self.embed(inputs), training=training)
        own = sentences[..., :, None] == sentences[..., None, :]
        own = ops.logical_and(own, ops.tril(ops.ones((length, length), dtype="bool")))
        for layer in self.decoder:
            keys, values = layer.context.keys_values(states, positions)
            context = Seen(_with_row_before(keys), _with_row_before(values), context_mask)
            memory = Seen(*layer.memory.keys_values(vectors, numbers), memory_mask)
            x = layer(x, positions, sentences, own, context, memory, training=training)
        return self._predict(self.out_norm(x), states, tokens, sentences, passages, reach)

    def embed(self, tokens: Tensor) -> Tensor:
        """int ``[...]`` → ``[..., d]``, of about unit variance."""
        return ops.take(self.embedding, tokens, axis=0) * math.sqrt(self.config.width)

    def logits(self, x: Tensor) -> Tensor:
        """``[..., d]`` of the decoder → ``[..., vocabulary]``."""
        return ops.matmul(x, ops.transpose(ops.cast(self.embedding, x.dtype)))

    def encode(
        self, tokens: Tensor, sentences: Tensor, positions: Tensor, training: bool = False
    ) -> Tensor:
        """Token states ``[..., T, d]`` of rows of whole sentences (:class:`SentenceEncoder`)."""
        x = self.dropout(self.embed(tokens), training=training)
        return self.encoder(x, sentences, positions, training=training)

    def _predict(
        self,
        x: Tensor,
        states: Tensor,
        tokens: Tensor,
        sentences: Tensor,
        passages: Tensor,
        reach: int | None,
    ) -> Predicted:
        """From the last states ``[B, R, T, d]`` of decoder and encoder to log-probabilities."""
        logits = ops.cast(self.logits(x), "float32")
        of_vocabulary = -keras.losses.sparse_categorical_crossentropy(
            tokens, logits, from_logits=True
        )
        flat = (-1, tokens.shape[1] * tokens.shape[2])
        of_passage = ops.broadcast_to(passages[..., None], ops.shape(tokens))
        visible = _earlier(ops.reshape(sentences, flat), ops.reshape(of_passage, flat), reach)
        pointed = self.pointer(
            ops.reshape(x, (*flat, self.config.width)),
            ops.reshape(states, (*flat, self.config.width)),
            ops.reshape(tokens, flat),
            ops.reshape(sentences, flat),
            visible,
        )
        log_probs = mixed(pointed, ops.reshape(tokens, flat), ops.reshape(of_vocabulary, flat))
        spread = ops.mean(logits, axis=-1) - ops.logsumexp(logits, axis=-1)
        return Predicted(ops.reshape(log_probs, ops.shape(tokens)), spread)

    def _context_mask(self, sentences: Tensor, passages: Tensor) -> Tensor:
        """bool ``[B, R, T, 2T]``: tokens of the row before and of the row that are context."""
        before = ops.pad(sentences, ((0, 0), (1, 0), (0, 0)), constant_values=-1)[:, :-1]
        same = ops.pad(passages, ((0, 0), (1, 0)), constant_values=-1)[:, :-1] == passages
        before = ops.where(same[..., None], before, -1)
        theirs = ops.concatenate([before, sentences], axis=2)[..., None, :]
        mine = sentences[..., :, None]
        near = ops.logical_and(theirs < mine, theirs >= mine - self.config.context_sentences)
        return ops.logical_and(near, theirs >= 0)

    def _remember(self, states: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors ``[B, R*N, d]`` of all sentences of a window and their numbers ``[B, R, N]``.

        N is the most sentences a row may hold (``slots_per_row``); a slot without a sentence
        has the number -1.
        """
        rows, length = sentences.shape[1:]
        slots = slots_per_row(length)
        numbers = ops.maximum(sentences[..., :1], 0) + ops.arange(slots, dtype=sentences.dtype)
        membership = numbers[..., :, None] == sentences[..., None, :]
        vectors = self.encoder.pool(states, membership)
        numbers = ops.where(ops.any(membership, axis=-1), numbers, -1)
        return ops.reshape(vectors, (-1, rows * slots, self.config.width)), numbers

    def _memory_mask(
        self, sentences: Tensor, passages: Tensor, numbers: Tensor, reach: int | None
    ) -> Tensor:
        """bool ``[B, R*T, R*N]``: sentences of the passage from before the context."""
        rows, length = sentences.shape[1:]
        slots = numbers.shape[-1]
        mine = ops.reshape(sentences, (-1, rows, length, 1, 1))
        theirs = ops.reshape(numbers, (-1, 1, 1, rows, slots))
        same = passages[:, :, None, None, None] == passages[:, None, None, :, None]
        past = ops.logical_and(theirs < mine - self.config.context_sentences, theirs >= 0)
        if reach is not None:
            past = ops.logical_and(past, theirs >= mine - reach)
        return ops.reshape(ops.logical_and(past, same), (-1, rows * length, rows * slots))


def _earlier(sentences: Tensor, passages: Tensor, reach: int | None) -> Tensor:
    """bool ``[B, T, T]``: tokens of earlier sentences of the same passage.

    Args:
        sentences, passages: int ``[B, T]``, of each token.
    """
    mine, theirs = sentences[:, :, None], sentences[:, None, :]
    visible = ops.logical_and(theirs < mine, theirs >= 0)
    if reach is not None:
        visible = ops.logical_and(visible, theirs >= mine - reach)
    return ops.logical_and(visible, passages[:, :, None] == passages[:, None, :])


def _with_row_before(x: Tensor) -> Tensor:
    """Put each row behind the one before it: ``[B, R, T, ...]`` → ``[B, R, 2T, ...]``.

    Context reaches back five sentences, about a hundred tokens, so one row before is enough
    and the cost stays linear in the length of a window.
    """
    # The first row gets the last one before it; the mask does not let it look there.
    return ops.concatenate([ops.roll(x, 1, axis=1), x], axis=2)
