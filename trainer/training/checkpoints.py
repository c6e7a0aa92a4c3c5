"""A run's checkpoints: the newest training state, and the best weights so far."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import keras

from trainer import run_files
from trainer.configuration import TrainerError, write_atomically

LEARNER = "learner.weights.h5"
STATE = "state.json"

# An evaluation: step, minutes, learning_rate, loss, bits per character of train and validation
# text, and samples if any were written.
EvaluationRecord = dict[str, Any]


@dataclasses.dataclass
class State:
    """The state of a run, as in ``state.json``.

    Attributes:
        step: training steps taken.
        seconds: time spent training, over all sessions of the run.
        best: lowest validation bits per character so far; None before the first evaluation.
        best_step: step of that evaluation.
        waited: number of evaluations since then.
        finished: why training ended; None while it has not.
        history: every evaluation, in order.
        dropout_seeds: states of the layers' random number generators, which weight files omit.
    """

    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    waited: int = 0
    finished: str | None = None
    history: list[EvaluationRecord] = dataclasses.field(default_factory=list)
    dropout_seeds: list[list[int]] = dataclasses.field(default_factory=list)


class Checkpoints:
    """Reads and writes a run's checkpoints; a crash leaves the last complete one intact.

    Args:
        run: the run's folder.
        writes: False for workers other than the chief, whose folder they share.
    """

    def __init__(self, run: Path, writes: bool = True):
        self.writes = writes
        self.folder = run / run_files.CHECKPOINTS
        self.best = run / run_files.BEST_WEIGHTS

    def latest(self) -> Path | None:
        """Folder of the newest complete checkpoint."""
        complete = sorted(self.folder.glob("step-*/" + STATE))
        return complete[-1].parent if complete else None

    def state(self) -> State:
        """The newest checkpoint's state; a new one if there is no checkpoint.

        Raises:
            TrainerError: the checkpoint is damaged.
        """
        newest = self.latest()
        if newest is None:
            return State()
        try:
            return State(**json.loads((newest / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(newest, error) from None

    def restore(self, learner: keras.Model) -> State:
        """Load the newest checkpoint, optimizer included, into ``learner``.

        Returns:
            The checkpoint's state; a new one if there is no checkpoint.

        Raises:
            TrainerError: the checkpoint is damaged.
        """
        state, newest = self.state(), self.latest()
        if newest is not None:
            try:
                learner.load_weights(newest / LEARNER)
                for variable, value in zip(_seeds(learner), state.dropout_seeds, strict=True):
                    variable.assign(value)
            except (OSError, ValueError, KeyError) as error:
                raise _damaged(newest, error) from None
        return state

    def save(self, learner: keras.Model, state: State) -> None:
        """Write a checkpoint atomically, then delete older ones.

        Raises:
            TrainerError: it cannot be written; older checkpoints are kept.
        """
        if not self.writes:
            return
        state.dropout_seeds = [variable.numpy().tolist() for variable in _seeds(learner)]
        target = self.folder / f"step-{state.step:010d}"
        beside = self.folder / f"{target.name}.tmp"
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            learner.save_weights(beside / LEARNER)
            write_atomically(beside / STATE, json.dumps(dataclasses.asdict(state)) + "\n")
            shutil.rmtree(target, ignore_errors=True)
            beside.replace(target)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise TrainerError(
                f"checkpoint {target} cannot be written: {_first_line(error)}; free some disk "
                "space and run the same command again"
            ) from None
        for older in self.folder.glob("step-*"):
            if older != target:
                shutil.rmtree(older, ignore_errors=True)

    def save_best(self, story_model: keras.Model) -> None:
        """Save the weights of ``story_model`` as the run's best.

        Raises:
            TrainerError: they cannot be written.
        """
        if not self.writes:
            return
        beside = self.best.with_name("writing-" + self.best.name)
        try:
            story_model.save_weights(beside)
            beside.replace(self.best)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise TrainerError(
                f"{self.best} cannot be written: {_first_line(error)}; free some disk space and "
                "run the same command again"
            ) from None


def _seeds(learner: keras.Model) -> list[keras.Variable]:
    return [v for v in learner.variables if v.name == "seed_generator_state"]


def _first_line(error: OSError) -> str:
    return str(error).partition("\n")[0]  # HDF5 adds file descriptors and times


def _damaged(checkpoint: Path, error: Exception) -> TrainerError:
    return TrainerError(
        f"checkpoint {checkpoint} cannot be read ({error}); delete that folder to start from the "
        "beginning"
    )
