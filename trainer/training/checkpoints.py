"""A run's checkpoints: the newest state of training, and the best weights so far."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import keras

from trainer.configuration import BEST, TrainerError, write_atomically

FOLDER = "checkpoints"
LEARNER = "learner.weights.h5"
STATE = "state.json"


# What an evaluation showed: step, minutes, learning_rate, loss, train and validation bits a
# character, and where they were written, samples.
Evaluated = dict[str, Any]


@dataclasses.dataclass
class State:
    """Where training stands.

    Attributes:
        step: batches learnt from.
        seconds: time spent in training, over all sessions of the run.
        best: lowest validation figure so far, bits a character; None before the first.
        best_step: when that was.
        waited: evaluations since then.
        finished: why training is over; None while it is not.
        history: what each evaluation showed.
        dropout_seeds: states of the layers' random numbers, which weights files leave out.
    """

    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    waited: int = 0
    finished: str | None = None
    history: list[Evaluated] = dataclasses.field(default_factory=list)
    dropout_seeds: list[list[int]] = dataclasses.field(default_factory=list)


class Checkpoints:
    """Reads and writes the checkpoints of one run; a crash leaves the last complete one.

    Args:
        run: the run's folder.
        writes: False for all workers but the chief, which share its folder.
    """

    def __init__(self, run: Path, writes: bool = True):
        self.writes = writes
        self.folder = run / FOLDER
        self.best = run / BEST

    def latest(self) -> Path | None:
        """Folder of the newest complete checkpoint."""
        found = sorted(self.folder.glob("step-*/" + STATE))
        return found[-1].parent if found else None

    def state(self) -> State:
        """Where the newest checkpoint stands; a new state if there is none.

        Raises:
            TrainerError: its file is damaged.
        """
        newest = self.latest()
        if newest is None:
            return State()
        try:
            return State(**json.loads((newest / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(newest, error) from None

    def restore(self, learner: keras.Model) -> State:
        """Load the newest checkpoint into ``learner``, optimiser and all; a new state if none.

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
        """Write a checkpoint beside the older one, rename it into place, drop the older one.

        Raises:
            TrainerError: it cannot be written; older checkpoints stay as they are.
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
                f"checkpoint {target} cannot be written: {_first_line(error)}; make room and start "
                "the same command again"
            ) from None
        for older in self.folder.glob("step-*"):
            if older != target:
                shutil.rmtree(older, ignore_errors=True)

    def save_best(self, story_model: keras.Model) -> None:
        """Keep the weights of ``story_model`` as the run's best."""
        if not self.writes:
            return
        beside = self.best.with_name("writing-" + self.best.name)
        try:
            story_model.save_weights(beside)
            beside.replace(self.best)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise TrainerError(
                f"{self.best} cannot be written: {_first_line(error)}; make room and start the "
                "same command again"
            ) from None


def _seeds(learner: keras.Model) -> list[keras.Variable]:
    return [v for v in learner.variables if v.name == "seed_generator_state"]


def _first_line(error: OSError) -> str:
    return str(error).partition("\n")[0]  # HDF5 goes on with file descriptors and times


def _damaged(checkpoint: Path, error: Exception) -> TrainerError:
    return TrainerError(
        f"checkpoint {checkpoint} cannot be read ({error}); delete that folder to go on from the "
        "beginning"
    )
