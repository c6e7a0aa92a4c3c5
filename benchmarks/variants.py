"""Variants of the model, each with one choice changed, for ``benchmarks/ablations.py``.

A variant patches parts of `trainer` while a model is built and trained, because the model has no
switches for rejected choices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import keras
from keras import ops

from trainer.configuration import TrainingConfig
from trainer.model import decoder, encoder, layers, story_model
from trainer.model.layers import Attention, FeedForward, Tensor, apply_rotary
from trainer.model.story_model import StoryModel
from trainer.training import building, optimization


@dataclass(frozen=True)
class Variant:
    """A model with one choice changed.

    Attributes:
        parts: patches while the model is built and trained: (object, attribute, new value).
        prepare: called with the model before it is trained.
        model, training: settings that differ from the preset's.
    """

    parts: tuple[tuple[Any, str, Any], ...] = ()
    prepare: Callable[[StoryModel], None] = lambda model: None
    optimizer: Callable[[TrainingConfig], keras.optimizers.Optimizer] = optimization.optimizer
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def changed(self) -> Iterator[None]:
        """A context manager that applies the patches."""
        with ExitStack() as stack:
            for where, name, value in self.parts:
                stack.enter_context(mock.patch.object(where, name, value))
            yield


class PostNormEncoderLayer(encoder.EncoderLayer):
    """Post-normalisation, as in Vaswani et al. (2017)."""

    def call(self, x: Tensor, positions: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """As in the superclass."""
        attention = self.self_attention
        keys, values = attention.keys_values(x, positions)
        h = attention.attend(attention.queries(x, positions), keys, values, mask)
        x = self.self_attention_norm(x + self.dropout(h, training=training))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x), training=training))


class PostNormDecoderLayer(decoder.DecoderLayer):
    """Post-normalisation, as in Vaswani et al. (2017)."""

    def call(
        self,
        x: Tensor,
        positions: Tensor,
        sentence_positions: Tensor,
        self_mask: Tensor,
        context: decoder.KeyValues,
        memory: decoder.KeyValues,
        training: bool = False,
    ) -> Tensor:
        """As in the superclass."""
        attention = self.self_attention
        keys, values = attention.keys_values(x, positions)
        h = attention.attend(attention.queries(x, positions), keys, values, self_mask)
        x = self.self_attention_norm(x + self.dropout(h, training=training))
        attention = self.cross_attention
        h = attention.attend(attention.queries(x, positions), *context)
        x = self.cross_attention_norm(x + self.dropout(h, training=training))
        attention = self.memory_attention
        h = attention.attend(attention.queries(x, sentence_positions), *memory)
        h = h * ops.tanh(self.memory_gate)
        x = self.memory_attention_norm(x + self.dropout(h, training=training))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x), training=training))


class NoVectorsDecoderLayer(decoder.DecoderLayer):
    """A decoder layer without memory attention, so without sentence vectors."""

    def call(
        self,
        x: Tensor,
        positions: Tensor,
        sentence_positions: Tensor,
        self_mask: Tensor,
        context: decoder.KeyValues,
        memory: decoder.KeyValues,
        training: bool = False,
    ) -> Tensor:
        """As in the superclass."""
        attention = self.self_attention
        h = self.self_attention_norm(x)
        keys, values = attention.keys_values(h, positions)
        h = attention.attend(attention.queries(h, positions), keys, values, self_mask)
        x = x + self.dropout(h, training=training)
        attention = self.cross_attention
        h = self.cross_attention_norm(x)
        h = attention.attend(attention.queries(h, positions), *context)
        x = x + self.dropout(h, training=training)
        h = self.feed_forward(self.feed_forward_norm(x))
        return x + self.dropout(h, training=training)


class PlainFeedForward(FeedForward):
    """Two matrices with a GELU between them; as many parameters as the three gated ones."""

    def __init__(self, width: int, inner: int, **kwargs: Any):
        super().__init__(width, inner * 3 // 2, **kwargs)
        self.up = keras.layers.Dense(self.inner, use_bias=False, activation="gelu", name="up")

    def build(self, input_shape: Any) -> None:
        """As in the superclass."""
        self.up.build((None, self.width))
        self.down.build((None, self.inner))
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """As in the superclass."""
        return self.down(self.up(x))


class UntiedModel(StoryModel):
    """The output has a matrix of its own, not the transposed embedding."""

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        self.output_embedding = self.add_weight(
            name="output_embedding",
            shape=(config.vocabulary, config.width),
            initializer=keras.initializers.RandomNormal(stddev=config.width**-0.5),
        )

    def logits(self, x: Tensor) -> Tensor:
        """As in the superclass."""
        return ops.matmul(x, ops.transpose(ops.cast(self.output_embedding, x.dtype)))


def sinusoids(x: Tensor, positions: Tensor) -> Tensor:
    """``x [..., T, d]`` plus the sinusoids of its positions (Vaswani et al. 2017, section 3.5)."""
    whole = ops.zeros((*ops.shape(x)[:-1], 1, x.shape[-1] // 2), dtype=x.dtype)
    waves = apply_rotary(ops.concatenate([ops.ones_like(whole), whole], axis=-1), positions)
    return x + ops.squeeze(waves, -2)


def queries_of_sum(self: Attention, x: Tensor, positions: Tensor) -> Tensor:
    """Queries of the states plus sinusoids."""
    return self._split_heads(self.query(sinusoids(x, positions)))


def keys_values_of_sum(self: Attention, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Keys of the states plus sinusoids, and values of the states."""
    return self._split_heads(self.key(sinusoids(x, positions))), self._split_heads(self.value(x))


def attend_to_something(
    self: Attention, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor
) -> Tensor:
    """``Attention.attend`` without the null slot; a query that sees nothing gets zeros."""
    lead = len(keys.shape) - 3
    channels = queries.shape[-1]
    folded = ops.reshape(queries, (*ops.shape(keys)[:lead], -1, self.heads, channels))
    scores = ops.einsum("...qhc,...khc->...hqk", folded * channels**-0.5, keys)
    seen = ops.expand_dims(ops.cast(mask, "float32"), lead)
    weights = ops.softmax(ops.cast(scores, "float32") + (seen - 1.0) * -layers.NEG_INF) * seen
    mixed = ops.einsum("...hqk,...khc->...qhc", ops.cast(weights, values.dtype), values)
    return self.out(ops.reshape(mixed, (*ops.shape(queries)[:-2], self.width)))


def layer_norm(name: str) -> keras.layers.Layer:
    """Layer normalisation, in place of RMS normalisation."""
    return keras.layers.LayerNormalization(epsilon=1e-6, name=name)


def open_gates(story_model: StoryModel) -> None:
    """Set the memory gates to 1: tanh(1) lets three quarters of the memory's output through."""
    for layer in story_model.decoder:
        layer.memory_gate.assign(ops.ones_like(layer.memory_gate))


def muon(settings: TrainingConfig) -> keras.optimizers.Optimizer:
    """Muon for matrices (Jordan et al. 2024; scaled as in Liu et al. 2025), AdamW for the rest."""
    made = keras.optimizers.Muon(
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        adam_weight_decay=settings.weight_decay,
        adam_beta_2=0.95,
        global_clipnorm=settings.clip_norm,
        exclude_layers=["sentinel"],
    )
    made.exclude_from_weight_decay(var_names=optimization.NOT_DECAYING)
    return made


VARIANTS = {
    "no pointer": Variant(
        ((story_model, "mixture_log_probs", lambda scores, tokens, log_probs: log_probs),)
    ),
    "no sentence vectors": Variant(((story_model, "DecoderLayer", NoVectorsDecoderLayer),)),
    "no memory": Variant(model={"memory": False}),
    "gates open from the start": Variant(prepare=open_gates),
    "post-normalisation": Variant(
        (
            (encoder, "EncoderLayer", PostNormEncoderLayer),
            (story_model, "DecoderLayer", PostNormDecoderLayer),
        )
    ),
    "layer normalisation": Variant(
        tuple((where, "norm", layer_norm) for where in (encoder, decoder, story_model))
    ),
    "sinusoidal positions": Variant(
        (
            (Attention, "queries", queries_of_sum),
            (Attention, "keys_values", keys_values_of_sum),
        )
    ),
    "no null slot": Variant(((Attention, "attend", attend_to_something),)),
    "feed-forward without gate": Variant(
        tuple((where, "FeedForward", PlainFeedForward) for where in (encoder, decoder))
    ),
    "untied output": Variant(((building, "StoryModel", UntiedModel),)),
    "Muon": Variant(optimizer=muon),
    "float32": Variant(training={"precision": "float32"}),
    "rows of 128 tokens": Variant(training={"rows": 4, "row_tokens": 128}),
    "windows of 4 rows": Variant(training={"rows": 4}),
    "1 encoder, 4 decoder layers": Variant(model={"encoder_layers": 1, "decoder_layers": 4}),
    "3 encoder, 2 decoder layers": Variant(model={"encoder_layers": 3, "decoder_layers": 2}),
    "dropout 0": Variant(model={"dropout": 0.0}),
}
