"""Builds the model of a run, and loads the weights it ended with."""

from __future__ import annotations

from pathlib import Path

from trainer.checkpoints import BEST
from trainer.configuration import RunConfig, TrainerError
from trainer.learning import Learner
from trainer.manifest import characters_per_piece
from trainer.model import StoryModel

TOKENIZER = "tokenizer.model"  # a run's own copy, so that it can be exported without its data


def build(run: Path, config: RunConfig) -> Learner:
    """A learner with fresh weights."""
    return Learner(StoryModel(config.model), characters_per_piece(run / TOKENIZER))


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
    learner = build(run, config)
    try:
        learner.story_model.load_weights(run / BEST)
    except (OSError, ValueError) as error:
        raise TrainerError(f"{run / BEST} cannot be read: {error}") from None
    return config, learner
