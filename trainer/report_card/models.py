"""A model to be judged, from a training run or an export, behind its signatures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from trainer import run_files
from trainer.configuration import TrainerError

STRINGS = ("story", "sentence", "prefix", "avoid")


class JudgedModel:
    """A model that can be called by the names of its serving signatures.

    Args:
        name: the model's name on the report card.
        signatures: TensorFlow functions by name; only those that are called are needed.
        owner: the object that holds the signatures' variables; kept so that they stay alive.
    """

    def __init__(self, name: str, signatures: dict[str, Callable[..., Any]], owner: Any = None):
        self.name, self.signatures, self.owner = name, signatures, owner

    @classmethod
    def of_run(cls, run: Path) -> JudgedModel:
        """The best weights of a training run.

        Raises:
            TrainerError: there is no run, or it has no trained weights.
        """
        from trainer.decoding.text.codec import TextCodec
        from trainer.signatures import StoryService
        from trainer.training.building import load_best

        config, learner = load_best(run)
        tokenizer = (run / run_files.TOKENIZER).read_bytes()
        codec = TextCodec(tokenizer, config.data["normalization"])
        service = StoryService(learner.story_model, codec, config.data["longest_sentence"])
        return cls(run.name, service.signatures(), service)

    @classmethod
    def of_export(cls, folder: Path) -> JudgedModel:
        """An exported model: a version folder, or a base path, whose newest version is loaded.

        Raises:
            TrainerError: there is no model, or it cannot be loaded.
        """
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  (registers its ops)

        from trainer.export.versions import newest_version

        version = newest_version(folder)
        try:
            loaded = tf.saved_model.load(str(version))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise TrainerError(
                f"{version} cannot be loaded ({str(error).splitlines()[0]}); export it again"
            ) from None
        signatures = dict(loaded.signatures.items())
        return cls(f"{version.parent.name}/{version.name}", signatures, loaded)

    def call(self, signature: str, **inputs: Any) -> dict[str, np.ndarray]:
        """Call a signature with inputs ``[B]`` by name; returns outputs by name."""
        import tensorflow as tf

        tensors = {name: tf.constant(value, _dtype(name)) for name, value in inputs.items()}
        answer = self.signatures[signature](**tensors)
        return {name: value.numpy() for name, value in answer.items()}


def _dtype(name: str) -> Any:
    import tensorflow as tf

    if name == "seed":
        return tf.int64
    return tf.string if name in STRINGS else tf.float32
