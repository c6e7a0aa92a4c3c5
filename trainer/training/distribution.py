"""Several devices: which ones train together, and what each of them takes part in.

One process uses all GPUs it sees. Several processes, one a machine, are named by ``TF_CONFIG``
(https://www.tensorflow.org/guide/distributed_training#TF_CONFIG), the same command on each.
"""

from __future__ import annotations

import dataclasses
import json
import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from trainer.configuration import UsageError
from trainer.model.layers import Tensor
from trainer.training.learner import Learner, alone


@dataclasses.dataclass(frozen=True)
class Devices:
    """Attributes:
    strategy: TensorFlow's; None for one device.
    workers: processes.
    chief: whether this process writes files and speaks.
    """

    strategy: Any = None
    workers: int = 1
    chief: bool = True

    @property
    def replicas(self) -> int:
        """Copies of the model."""
        return int(self.strategy.num_replicas_in_sync) if self.strategy else 1

    @property
    def learner(self) -> type[Learner]:
        """What trains on these devices."""
        return WorkersLearner if self.workers > 1 else Learner

    def scope(self) -> AbstractContextManager[Any]:
        """Variables made inside it stand on every device."""
        return self.strategy.scope() if self.strategy else nullcontext()

    def sum(self, total: Tensor) -> Tensor:
        """A scalar's sum over all replicas, inside a step."""
        return sum_over_replicas(total) if self.strategy else alone(total)


def devices() -> Devices:
    """What this process is to train with.

    Raises:
        UsageError: ``TF_CONFIG`` is malformed, or is set for another backend than TensorFlow.
    """
    cluster = _cluster()
    if keras.backend.backend() != "tensorflow":
        if cluster:
            raise UsageError("TF_CONFIG is set, but several workers need KERAS_BACKEND=tensorflow")
        return Devices()
    import tensorflow as tf

    if cluster:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        return Devices(strategy, len(cluster["worker"]), cluster["index"] == 0)
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return Devices(tf.distribute.MirroredStrategy())
    return Devices()


class WorkersLearner(Learner):
    """A :class:`Learner` in one of several processes, around two gaps of Keras 3.15 there."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Keras takes the mean of the results over the first axis, of which scalars have none."""
        return {name: value[None] for name, value in super().train_step(data).items()}

    def test_step(self, data: Any) -> dict[str, Any]:
        """As :meth:`train_step`."""
        return {name: value[None] for name, value in super().test_step(data).items()}

    def _maybe_symbolic_build(self, *arguments: Any, **kwargs: Any) -> None:
        """Keras would need the mean of a batch that is a dictionary; nothing is left to build."""


def sum_over_replicas(total: Any) -> Any:
    """A scalar's sum over all replicas, inside a step of ``tf.distribute``."""
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, total)


def _cluster() -> dict[str, Any] | None:
    """Workers of ``TF_CONFIG`` and the index of this one; None for a single process."""
    text = os.environ.get("TF_CONFIG")
    if not text:
        return None
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        if task["type"] != "worker" or set(config["cluster"]) != {"worker"}:
            raise UsageError(
                "TF_CONFIG may name tasks of type worker only; the first of them is the chief"
            )
        index = int(task["index"])
        if not 0 <= index < len(workers):
            raise UsageError(f"TF_CONFIG has {len(workers)} workers, but this is number {index}")
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"TF_CONFIG is malformed ({error!r})") from None
    return {"worker": workers, "index": index} if len(workers) > 1 else None
