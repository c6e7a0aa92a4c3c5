"""The optimizer, its precision, and the moving average of the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from trainer.configuration import TrainingConfig
from trainer.model.layers import Tensor

# Under mixed_float16, Keras wraps the optimizer in a LossScaleOptimizer.
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
NOT_DECAYING = ["scale", "gate", "embedding", "bias"]  # parts of names of weights


def optimizer(config: TrainingConfig, replicas: int = 1) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov and Hutter 2019) with a run's settings.

    Args:
        replicas: number of replicas that train in sync.
    """
    kind = keras.optimizers.AdamW if replicas == 1 else _synchronous_adamw(replicas)
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


def _synchronous_adamw(replicas: int) -> type[keras.optimizers.Optimizer]:
    """AdamW that clips the summed gradient of all replicas.

    Keras clips each replica's own gradient before summing, so the result would depend on how a
    batch is divided among replicas. Here every replica first gets the sum and passes on an equal
    share of it, which Keras sums again.
    """
    from trainer.training.distribution import all_reduce_sum

    class SynchronousAdamW(keras.optimizers.AdamW):
        """AdamW on summed gradients."""

        def apply(self, grads: Sequence[Tensor], trainable_variables: Any = None) -> None:
            """Update the weights."""
            shares = [grad / replicas for grad in all_reduce_sum(list(grads))]
            super().apply(shares, trainable_variables)

    return SynchronousAdamW


class Averages(keras.callbacks.SwapEMAWeights):
    """Swaps the weights' moving average into the model during evaluation."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """A context in which the model has the averaged weights."""
        self.on_test_begin()
        try:
            yield
        finally:
            self.on_test_end()
