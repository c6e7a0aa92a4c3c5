"""A model to be judged, a training run or an exported one, as its signatures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from trainer import run_files
from trainer.configuration import TrainerError

# Inputs of a signature by name, each an array [B]; outputs by name.
Signature = Callable[..., dict[str, np.ndarray]]


class JudgedModel:
    """A model that writes and scores by contract 3's signatures, wherever it comes from.

    Args:
        name: how the report calls it.
        signatures: TensorFlow functions by name; at least those that are used.
    """

    def __init__(self, name: str, signatures: dict[str, Callable[..., Any]]):
        self.name = name
        self.signatures = signatures

    @classmethod
    def of_run(cls, run: Path) -> JudgedModel:
        """The best weights of a training run.

        Raises:
            TrainerError: there is no run or no trained weights.
        """
        from trainer.decoding.text.codec import TextCodec
        from trainer.signatures import StoryService
        from trainer.training.building import load_best

        config, learner = load_best(run)
        codec = TextCodec((run / run_files.TOKENIZER).read_bytes(), config.data["normalization"])
        service = StoryService(learner.story_model, codec, config.data["longest_sentence"])
        model = cls(run.name, service.signatures())
        model.service = service  # owns the variables of the graphs
        return model

    @classmethod
    def of_export(cls, folder: Path) -> JudgedModel:
        """An exported model: a version's folder, or a base path, of which the newest is taken.

        Raises:
            TrainerError: there is no model, or it cannot be loaded.
        """
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  (registers its ops)

        versions = [path for path in folder.glob("*") if path.name.isdigit() and path.is_dir()]
        if versions:
            folder = max(versions, key=lambda path: int(path.name))
        if not (folder / "saved_model.pb").is_file():
            raise TrainerError(
                f"{folder} holds no exported model; give the folder that "
                "`python -m trainer.export --output` wrote"
            )
        try:
            loaded = tf.saved_model.load(str(folder))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise TrainerError(
                f"{folder} cannot be loaded ({str(error).splitlines()[0]}); export it again"
            ) from None
        model = cls(f"{folder.parent.name}/{folder.name}", dict(loaded.signatures.items()))
        model.service = loaded
        return model

    service: Any

    def ask(self, signature: str, **inputs: Any) -> dict[str, np.ndarray]:
        """Outputs by name, for inputs ``[B]`` by name."""
        import tensorflow as tf

        types = {"seed": tf.int64}
        tensors = {
            name: tf.constant(
                value,
                types.get(name, tf.string if name in STRINGS else tf.float32),
            )
            for name, value in inputs.items()
        }
        answer = self.signatures[signature](**tensors)
        return {name: value.numpy() for name, value in answer.items()}


STRINGS = ("story", "sentence", "prefix", "avoid")
