"""Builds a run's model and loads its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer import run_files
from trainer.configuration import RunConfig, TrainerError
from trainer.data.characters import characters_per_piece
from trainer.model.story_model import StoryModel
from trainer.training.learner import Learner


def build(
    tokenizer: Path, config: RunConfig, kind: type[Learner] = Learner, **kwargs: Any
) -> Learner:
    """A learner with new weights; ``kwargs`` are passed to its constructor."""
    return kind(StoryModel(config.model), characters_per_piece(tokenizer), **kwargs)


def load_best(run: Path) -> tuple[RunConfig, Learner]:
    """A run's configuration, and a learner with its best weights.

    Raises:
        TrainerError: there is no run, or it has not been evaluated yet.
    """
    config = RunConfig.load(run)
    for name in (run_files.BEST_WEIGHTS, run_files.TOKENIZER):
        if not (run / name).is_file():
            raise TrainerError(
                f"{run} has no {name} yet; resume training with the command that started it"
            )
    learner = build(run / run_files.TOKENIZER, config)
    load_weights(run, learner.story_model)
    return config, learner


def load_weights(run: Path, model: StoryModel) -> None:
    """Load the best weights of ``run`` into ``model``.

    Raises:
        TrainerError: they cannot be read.
    """
    path = run / run_files.BEST_WEIGHTS
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise TrainerError(f"{path} cannot be read: {error}") from None
