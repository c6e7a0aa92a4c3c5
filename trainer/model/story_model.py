"""The story model: encodes each sentence once, remembers it as a vector, predicts the next.

``trainer.decoding`` computes the same from the same weights, for inference.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
from keras import ops

from pipeline.records import BOS_ID
from trainer.configuration import ModelConfig, slots_per_row
from trainer.model.decoder import DecoderLayer, KeyValues
from trainer.model.encoder import SentenceEncoder
from trainer.model.layers import Tensor, norm
from trainer.model.pointer import Pointer, mixture_log_probs


class Predictions(NamedTuple):
    """Predictions for every token of a text, float32 ``[B, R, T]`` each.

    Attributes:
        log_probs: log-probability of the actual token.
        mean_log_probs: mean log-probability of the whole vocabulary, without the pointer; what
            label smoothing needs.
    """

    log_probs: Tensor
    mean_log_probs: Tensor


class StoryModel(keras.Model):
    """Encoder–decoder Transformer with a memory of sentences.

    Sentences before the context are remembered twice: as one vector each, to which every decoder
    layer attends, and as their words, which the output can copy (trainer.model.pointer). Encoder,
    decoder and output share the token embeddings (Press and Wolf 2017).
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
        # Built here, not by the first call: decoding and export never call the model.
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
    ) -> Predictions:
        """Predict every token of every sentence of some windows.

        Rows hold whole sentences, each closed by EOS. The prediction of a token depends neither
        on that token or any later one, nor on another passage.

        Args:
            tokens: int ``[B, R, T]``, windows of R consecutive rows.
            sentences: int ``[B, R, T]``, index in its passage of each token's sentence;
                -1 is padding.
            passages: int ``[B, R]``, which passage each row belongs to.
            reach: how many sentences back the memory reaches; unlimited if not given.
        """
        if not self.config.memory:
            reach = self.config.context_sentences
        _, rows, length = tokens.shape
        flat = ops.cast(ops.reshape(sentences >= 0, (-1, rows * length)), "int32")
        positions = ops.reshape(ops.cumsum(flat, axis=1), (-1, rows, length))

        states = self.encode(tokens, sentences, positions, training=training)
        context_mask = self._context_mask(sentences, passages)
        vectors, numbers = self._sentence_vectors(states, sentences)
        memory_mask = self._memory_mask(sentences, passages, numbers, reach)
        numbers = ops.reshape(numbers, (-1, rows * numbers.shape[-1]))

        # Decoder inputs: the tokens one place later, every sentence beginning with BOS.
        shifted = ops.pad(tokens, ((0, 0), (0, 0), (1, 0)), constant_values=BOS_ID)[..., :-1]
        of_shifted = ops.pad(sentences, ((0, 0), (0, 0), (1, 0)), constant_values=-1)[..., :-1]
        inputs = ops.where(of_shifted == sentences, shifted, BOS_ID)
        x = self.dropout(self.embed(inputs), training=training)
        same_sentence = sentences[..., :, None] == sentences[..., None, :]
        causal = ops.tril(ops.ones((length, length), dtype="bool"))
        self_mask = ops.logical_and(same_sentence, causal)
        for layer in self.decoder:
            keys, values = layer.cross_attention.keys_values(states, positions)
            keys, values = _prepend_previous_row(keys), _prepend_previous_row(values)
            context = KeyValues(keys, values, context_mask)
            memory = KeyValues(*layer.memory_attention.keys_values(vectors, numbers), memory_mask)
            x = layer(x, positions, sentences, self_mask, context, memory, training=training)
        return self._predict(self.out_norm(x), states, tokens, sentences, passages, reach)

    def embed(self, tokens: Tensor) -> Tensor:
        """int ``[...]`` → ``[..., d]``, of about unit variance."""
        return ops.take(self.embedding, tokens, axis=0) * math.sqrt(self.config.width)

    def logits(self, x: Tensor) -> Tensor:
        """Decoder states ``[..., d]`` → ``[..., vocabulary]``."""
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
    ) -> Predictions:
        """From the final states ``[B, R, T, d]`` of decoder and encoder to log-probabilities."""
        logits = ops.cast(self.logits(x), "float32")
        vocabulary_log_probs = -keras.losses.sparse_categorical_crossentropy(
            tokens, logits, from_logits=True
        )
        flat = (-1, tokens.shape[1] * tokens.shape[2])
        of_passage = ops.broadcast_to(passages[..., None], ops.shape(tokens))
        visible = _pointer_mask(ops.reshape(sentences, flat), ops.reshape(of_passage, flat), reach)
        scores = self.pointer(
            ops.reshape(x, (*flat, self.config.width)),
            ops.reshape(states, (*flat, self.config.width)),
            ops.reshape(tokens, flat),
            ops.reshape(sentences, flat),
            visible,
        )
        log_probs = mixture_log_probs(
            scores, ops.reshape(tokens, flat), ops.reshape(vocabulary_log_probs, flat)
        )
        mean = ops.mean(logits, axis=-1) - ops.logsumexp(logits, axis=-1)
        return Predictions(ops.reshape(log_probs, ops.shape(tokens)), mean)

    def _context_mask(self, sentences: Tensor, passages: Tensor) -> Tensor:
        """bool ``[B, R, T, 2T]``: which tokens of the previous and the same row are context."""
        previous = ops.pad(sentences, ((0, 0), (1, 0), (0, 0)), constant_values=-1)[:, :-1]
        same = ops.pad(passages, ((0, 0), (1, 0)), constant_values=-1)[:, :-1] == passages
        previous = ops.where(same[..., None], previous, -1)
        keys = ops.concatenate([previous, sentences], axis=2)[..., None, :]
        queries = sentences[..., :, None]
        near = ops.logical_and(keys < queries, keys >= queries - self.config.context_sentences)
        return ops.logical_and(near, keys >= 0)

    def _sentence_vectors(self, states: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors ``[B, R*N, d]`` of a window's sentences and their numbers ``[B, R, N]``.

        N is the maximum number of sentences in a row (``slots_per_row``); empty slots are -1.
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
        """bool ``[B, R*T, R*N]``: sentences of the same passage before the context."""
        rows, length = sentences.shape[1:]
        slots = numbers.shape[-1]
        queries = ops.reshape(sentences, (-1, rows, length, 1, 1))
        keys = ops.reshape(numbers, (-1, 1, 1, rows, slots))
        same = passages[:, :, None, None, None] == passages[:, None, None, :, None]
        mask = ops.logical_and(keys < queries - self.config.context_sentences, keys >= 0)
        if reach is not None:
            mask = ops.logical_and(mask, keys >= queries - reach)
        return ops.reshape(ops.logical_and(mask, same), (-1, rows * length, rows * slots))


def _pointer_mask(sentences: Tensor, passages: Tensor, reach: int | None) -> Tensor:
    """bool ``[B, T, T]``: tokens in earlier sentences of the same passage.

    Args:
        sentences, passages: int ``[B, T]``, of each token.
    """
    queries, keys = sentences[:, :, None], sentences[:, None, :]
    visible = ops.logical_and(keys < queries, keys >= 0)
    if reach is not None:
        visible = ops.logical_and(visible, keys >= queries - reach)
    return ops.logical_and(visible, passages[:, :, None] == passages[:, None, :])


def _prepend_previous_row(x: Tensor) -> Tensor:
    """Prepend to each row the previous one: ``[B, R, T, ...]`` → ``[B, R, 2T, ...]``.

    The context of five sentences is about a hundred tokens, so one previous row is enough and
    the cost stays linear in the length of a window.
    """
    # The first row gets the last one, which the context mask hides.
    return ops.concatenate([ops.roll(x, 1, axis=1), x], axis=2)
