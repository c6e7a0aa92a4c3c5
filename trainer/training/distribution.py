"""Synchronous training on several devices.

A process uses every GPU it sees. For several machines, run the same command on each with
``TF_CONFIG`` set (https://www.tensorflow.org/guide/distributed_training#TF_CONFIG).
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
from trainer.training.learner import Learner, single_replica_sum


@dataclasses.dataclass(frozen=True)
class Devices:
    """The devices that train in sync.

    Attributes:
        strategy: a ``tf.distribute.Strategy``; None for one device.
        workers: number of processes.
        chief: whether this process writes files and prints.
    """

    strategy: Any = None
    workers: int = 1
    chief: bool = True

    @property
    def replicas(self) -> int:
        """Number of copies of the model."""
        return int(self.strategy.num_replicas_in_sync) if self.strategy else 1

    @property
    def learner(self) -> type[Learner]:
        """The class that trains on these devices."""
        return WorkersLearner if self.workers > 1 else Learner

    def scope(self) -> AbstractContextManager[Any]:
        """A context in which variables are created on every device."""
        return self.strategy.scope() if self.strategy else nullcontext()

    def sum(self, total: Tensor) -> Tensor:
        """The cross-replica sum of a scalar, inside a step."""
        return all_reduce_sum(total) if self.strategy else single_replica_sum(total)


def detect_devices() -> Devices:
    """The devices that this process trains on.

    Raises:
        UsageError: ``TF_CONFIG`` is malformed, or is set for another backend than TensorFlow.
    """
    cluster = _cluster()
    if keras.backend.backend() != "tensorflow":
        if cluster:
            raise UsageError("TF_CONFIG is set; several workers need KERAS_BACKEND=tensorflow")
        return Devices()
    import tensorflow as tf

    if cluster:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        return Devices(strategy, len(cluster["worker"]), cluster["index"] == 0)
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return Devices(tf.distribute.MirroredStrategy())
    return Devices()


class WorkersLearner(Learner):
    """A :class:`Learner` for one of several processes; works around two gaps in Keras 3.15."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Give results a first axis: Keras averages over it, and scalars have none."""
        return {name: value[None] for name, value in super().train_step(data).items()}

    def test_step(self, data: Any) -> dict[str, Any]:
        """As :meth:`train_step`."""
        return {name: value[None] for name, value in super().test_step(data).items()}

    def _maybe_symbolic_build(self, *arguments: Any, **kwargs: Any) -> None:
        """Do nothing: everything is built, and Keras would fail on a batch that is a dictionary."""


def all_reduce_sum(value: Any) -> Any:
    """Sum of a tensor, or of each tensor of a list, over all replicas; inside a step."""
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)


def _cluster() -> dict[str, Any] | None:
    """The workers in ``TF_CONFIG`` and this one's index; None for a single process."""
    text = os.environ.get("TF_CONFIG")
    if not text:
        return None
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        if task["type"] != "worker" or set(config["cluster"]) != {"worker"}:
            raise UsageError(
                "TF_CONFIG must name tasks of type worker only; the first one is the chief"
            )
        index = int(task["index"])
        if not 0 <= index < len(workers):
            raise UsageError(f"TF_CONFIG has {len(workers)} workers, none with index {index}")
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"TF_CONFIG is malformed ({error!r})") from None
    return {"worker": workers, "index": index} if len(workers) > 1 else None
