"""The training loss and metric; Keras only, any backend."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from trainer.model.layers import Tensor
from trainer.model.story_model import StoryModel


class BitsPerCharacter(keras.metrics.Metric):
    """Bits needed to encode the text, sentence ends included, divided by its characters.

    It does not depend on the vocabulary, so models with different ones can be compared.
    """

    def __init__(self, name: str = "bits_per_character", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.bits = self.add_weight(name="bits", initializer="zeros")
        self.characters = self.add_weight(name="characters", initializer="zeros")

    def update_state(self, nats: Tensor, characters: Tensor) -> None:  # type: ignore[override]
        """Add text: its negative log-likelihood in nats and its characters, both scalars."""
        self.bits.assign_add(nats / math.log(2.0))
        self.characters.assign_add(characters)

    def result(self) -> Tensor:
        """The metric's value, a scalar; 0 before any text is added."""
        return self.bits / ops.maximum(self.characters, 1.0)


def single_replica_sum(total: Tensor) -> Tensor:
    """Identity: the cross-replica sum when there is one replica."""
    return total


class Learner(keras.Model):
    """Wraps a :class:`StoryModel` for Keras' ``fit`` and ``evaluate``.

    Args:
        story_model: the model to train.
        characters_per_piece: ``[vocabulary]``, see :mod:`trainer.data.characters`.
        label_smoothing: share of the target spread over the vocabulary, in training only.
        cross_replica_sum: sums a scalar over all replicas.
        reach: how many sentences back the memory reaches; None for all.
    """

    def __init__(
        self,
        story_model: StoryModel,
        characters_per_piece: np.ndarray,
        label_smoothing: float = 0.0,
        cross_replica_sum: Callable[[Tensor], Tensor] = single_replica_sum,
        reach: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.story_model = story_model
        self.table = characters_per_piece
        self.label_smoothing = label_smoothing
        self.cross_replica_sum = cross_replica_sum
        self.reach = reach
        self.per_character = BitsPerCharacter()
        self.built = True

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """Negative log-likelihood of each token, zero at padding.

        Returns:
            ``nats`` and ``loss``, float32 ``[B, R, T]``; in training, ``loss`` has label smoothing.
        """
        tokens, sentences = inputs["tokens"], inputs["sentences"]
        said = self.story_model(
            tokens, sentences, inputs["passages"], training=training, reach=self.reach
        )
        nats = ops.where(sentences >= 0, -said.log_probs, 0.0)
        if not (training and self.label_smoothing):
            return {"nats": nats, "loss": nats}
        spread = ops.where(sentences >= 0, -said.mean_log_probs, 0.0)
        share = self.label_smoothing
        return {"nats": nats, "loss": (1.0 - share) * nats + share * spread}

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """This replica's summed loss, divided by the real tokens of the whole batch.

        Gradients are summed over replicas, which gives the mean over the batch however its tokens
        are divided among them.
        """
        real = self.cross_replica_sum(ops.sum(ops.cast(x["sentences"] >= 0, "float32")))
        return ops.sum(y_pred["loss"]) / ops.maximum(real, 1.0)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Bits per character so far."""
        characters = ops.take(ops.convert_to_tensor(self.table), x["tokens"], axis=0)
        characters = ops.where(x["sentences"] >= 0, characters, 0.0)
        self.per_character.update_state(ops.sum(y_pred["nats"]), ops.sum(characters))
        return self.get_metrics_result()
