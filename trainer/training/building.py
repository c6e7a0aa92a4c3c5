"""Builds the model of a run, and loads the weights it ended with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.configuration import BEST, TOKENIZER, RunConfig, TrainerError
from trainer.data.characters import characters_per_piece
from trainer.model.story_model import StoryModel
from trainer.training.learner import Learner


def build(
    tokenizer: Path, config: RunConfig, kind: type[Learner] = Learner, **kwargs: Any
) -> Learner:
    """A learner with fresh weights; ``kwargs`` are its own."""
    return kind(StoryModel(config.model), characters_per_piece(tokenizer), **kwargs)


def load_best(run: Path) -> tuple[RunConfig, Learner]:
    """The run's configuration, and a learner that holds its best weights.

    Raises:
        TrainerError: there is no run, or it has not got as far as its first evaluation.
    """
    config = RunConfig.load(run)
    for name in (BEST, TOKENIZER):
        if not (run / name).is_file():
            raise TrainerError(
                f"{run} has no {name} (yet); go on training with the command that began it"
            )
    learner = build(run / TOKENIZER, config)
    load_weights(run, learner.story_model)
    return config, learner


def load_weights(run: Path, model: StoryModel) -> None:
    """Give ``model`` the best weights of ``run``.

    Raises:
        TrainerError: they cannot be read.
    """
    try:
        model.load_weights(run / BEST)
    except (OSError, ValueError, KeyError) as error:
        raise TrainerError(f"{run / BEST} cannot be read: {error}") from None
