"""What training minimises and measures; Keras only, any backend."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from trainer.layers import Tensor
from trainer.model import StoryModel


class BitsPerCharacter(keras.metrics.Metric):
    """Bits needed for the text, sentence ends included, divided by its characters.

    Independent of the vocabulary, so that models with different ones can be compared.
    """

    def __init__(self, name: str = "bits_per_character", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.bits = self.add_weight(name="bits", initializer="zeros")
        self.characters = self.add_weight(name="characters", initializer="zeros")

    def update_state(self, nats: Tensor, characters: Tensor) -> None:  # type: ignore[override]
        """Add some text: scalars, its negative log likelihood in nats and its characters."""
        self.bits.assign_add(nats / math.log(2.0))
        self.characters.assign_add(characters)

    def result(self) -> Tensor:
        """Scalar; 0 before any text was added."""
        return self.bits / ops.maximum(self.characters, 1.0)


class Learner(keras.Model):
    """Turns a :class:`StoryModel` into something ``fit`` and ``evaluate`` understand.

    Args:
        story_model: the model to train.
        characters_per_piece: ``[vocabulary]``, see ``trainer.manifest.characters_per_piece``.
    """

    def __init__(self, story_model: StoryModel, characters_per_piece: np.ndarray, **kwargs: Any):
        super().__init__(**kwargs)
        self.story_model = story_model
        self.table = characters_per_piece
        self.per_character = BitsPerCharacter()
        self.built = True

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        """Negative log likelihood of each token in nats, ``[B, R, T]``; zero at padding."""
        tokens, sentences = inputs["tokens"], inputs["sentences"]
        logits = self.story_model(tokens, sentences, inputs["passages"], training=training)
        chosen = ops.squeeze(ops.take_along_axis(logits, tokens[..., None], axis=-1), -1)
        nats = ops.logsumexp(logits, axis=-1) - chosen
        return ops.where(sentences >= 0, nats, 0.0)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Mean over the real tokens of a batch, nats a token."""
        real = ops.cast(x["sentences"] >= 0, "float32")
        return ops.sum(y_pred) / ops.maximum(ops.sum(real), 1.0)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Bits a character so far."""
        characters = ops.take(ops.convert_to_tensor(self.table), x["tokens"], axis=0)
        characters = ops.where(x["sentences"] >= 0, characters, 0.0)
        self.per_character.update_state(ops.sum(y_pred), ops.sum(characters))
        return self.get_metrics_result()
