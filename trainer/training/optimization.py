"""How weights move: the optimiser, its precision, and the average of the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from trainer.configuration import TrainingConfig
from trainer.model.layers import Tensor

# Keras wraps the optimiser in a LossScaleOptimizer where arithmetic is in float16.
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
NOT_DECAYING = ["scale", "gate", "embedding", "bias"]  # weights with such a word in their names


def optimizer(config: TrainingConfig, replicas: int = 1) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov and Hutter 2019) as the run's settings say.

    Args:
        replicas: copies of the model that train together.
    """
    kind = keras.optimizers.AdamW if replicas == 1 else _joint(replicas)
    made = kind(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        beta_2=0.95,
        global_clipnorm=config.clip_norm / replicas,
        use_ema=config.ema > 0,
        ema_momentum=config.ema,
        gradient_accumulation_steps=config.accumulate if config.accumulate > 1 else None,
    )
    made.exclude_from_weight_decay(var_names=NOT_DECAYING)
    return made


def _joint(replicas: int) -> type[keras.optimizers.Optimizer]:
    """AdamW that cuts the length of the gradient of all replicas together.

    Keras cuts each replica's own gradient and then sums them, so that the weights would depend on
    how a batch falls among replicas. Here each first gets the sum and goes on with its share of
    it, of which Keras makes the sum again.
    """
    from trainer.training.distribution import sum_over_replicas

    class JointAdamW(keras.optimizers.AdamW):
        """As above."""

        def apply(self, grads: Sequence[Tensor], trainable_variables: Any = None) -> None:
            """Move the weights."""
            shares = [grad / replicas for grad in sum_over_replicas(list(grads))]
            super().apply(shares, trainable_variables)

    return JointAdamW


class Averages(keras.callbacks.SwapEMAWeights):
    """Puts the average of the weights into the model while it is evaluated."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Within it the model holds the average, after it its own weights again."""
        self.on_test_begin()
        try:
            yield
        finally:
            self.on_test_end()
