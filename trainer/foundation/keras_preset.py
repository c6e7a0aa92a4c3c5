"""Reads Gemma 3 from a folder that Keras wrote (``save_to_preset``)."""

from __future__ import annotations

from pathlib import Path

from trainer.configuration import TrainerError
from trainer.foundation import keras_weights
from trainer.foundation.checkpoint import Checkpoint, licence_beside
from trainer.foundation.hugging_face import tokenizer_of

CONFIG = "config.json"
TOKENIZER = Path("assets", "tokenizer", "vocabulary.spm")


def read(folder: Path) -> Checkpoint:
    """Open a folder.

    Raises:
        TrainerError: something is missing, damaged, or of another architecture.
    """
    from keras_hub.models import Backbone, Gemma3Backbone

    tokenizer = tokenizer_of(folder / TOKENIZER)
    try:
        model = Backbone.from_preset(str(folder), dtype="float32")
    except Exception as error:  # whatever Keras meets in a damaged folder
        raise TrainerError(f"{folder} cannot be loaded: {error}") from None
    if not isinstance(model, Gemma3Backbone) or model.is_embedding_model:
        raise TrainerError(
            f"{folder} holds a {type(model).__name__}; a foundation is made from a Gemma 3 model"
        )
    return Checkpoint(
        origin=str(folder),
        config=keras_weights.config_of(model),
        tokenizer=tokenizer,
        read=lambda name: keras_weights.read(model, name),
        licence=licence_beside(folder),
    )
