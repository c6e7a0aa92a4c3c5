"""What happens around each training step: schedule, progress, evaluation, checkpoints."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
from tqdm import tqdm

from trainer.configuration import TrainerError, TrainingConfig
from trainer.training.checkpoints import Checkpoints, Evaluated, State
from trainer.training.optimization import Averages

BITS = "bits_per_character"


def learning_rate(progress: float, config: TrainingConfig) -> float:
    """Linear warm-up, then a cosine down to zero (Loshchilov and Hutter 2017).

    Args:
        progress: share of the run that is over, 0 to 1.
    """
    if progress < config.warmup:
        return config.learning_rate * progress / config.warmup
    rest = (progress - config.warmup) / (1.0 - config.warmup)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(rest, 1.0)))


class Schedule(keras.callbacks.Callback):
    """Counts steps and time, sets the learning rate, and ends training when either is spent."""

    def __init__(self, state: State, config: TrainingConfig, by_time: bool = True):
        """``by_time`` is False for several workers: their clocks would disagree."""
        super().__init__()
        self.state, self.config, self.by_time = state, config, by_time
        self.begun: float | None = None

    @property
    def progress(self) -> float:
        """Share of the run that is over, by steps or by time, whichever is further."""
        by_time = self.state.seconds / (60.0 * self.config.minutes) if self.by_time else 0.0
        return min(1.0, max(self.state.step / self.config.steps, by_time))

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set this step's learning rate."""
        self.begun = time.monotonic()
        # The first step comes after the least progress that moves anything.
        progress = max(self.progress, 1.0 / self.config.steps)
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()  # Keras keeps variables elsewhere while it trains
        self.model.optimizer.learning_rate.assign(learning_rate(progress, self.config))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step; evaluations in between are not counted as training time."""
        assert self.begun is not None
        self.state.step += 1
        self.state.seconds += time.monotonic() - self.begun
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise TrainerError(
                f"the loss at step {self.state.step} is {loss}; the last good checkpoint is kept. "
                "Start again in another --output with a smaller --learning_rate"
            )
        if self.progress >= 1.0:
            by_steps = self.state.step >= self.config.steps
            spent = f"{self.config.steps} steps" if by_steps else f"{self.config.minutes:g} minutes"
            self.state.finished = f"{spent} are over"
            self.model.stop_training = True


class Evaluation(keras.callbacks.Callback):
    """After each evaluation: keeps the best weights, stops when none came for long, saves.

    Args:
        averages: puts the weights' average into the model; None if there is none.
        report: is told of each evaluation before it is saved.
    """

    def __init__(
        self,
        state: State,
        config: TrainingConfig,
        checkpoints: Checkpoints,
        averages: Averages | None = None,
        report: Callable[[Evaluated], None] = lambda evaluated: None,
    ):
        super().__init__()
        self.state, self.config, self.checkpoints = state, config, checkpoints
        self.averages, self.report = averages, report

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keras calls the stretch between two evaluations an epoch."""
        figures = logs or {}
        figure = float(figures.get("val_" + BITS, figures[BITS]))
        better = self.state.best is None or figure < self.state.best
        if better:
            self.state.best, self.state.best_step, self.state.waited = figure, self.state.step, 0
        else:
            self.state.waited += 1
            if self.state.waited >= self.config.patience:
                self.state.finished = f"{self.state.waited} evaluations brought nothing better"
                self.model.stop_training = True
        self.state.history.append(self._record(figures))
        with self.averages.inside() if self.averages else nullcontext():
            if better:
                self.checkpoints.save_best(self.model.story_model)
            self.report(self.state.history[-1])
        self.checkpoints.save(self.model, self.state)

    def _record(self, figures: dict[str, Any]) -> Evaluated:
        validation = figures.get("val_" + BITS)
        return {
            "step": self.state.step,
            "minutes": round(self.state.seconds / 60, 3),
            "learning_rate": float(self.model.optimizer.learning_rate.numpy()),
            "loss": round(float(figures["loss"]), 5),
            "train": round(float(figures[BITS]), 5),
            "validation": None if validation is None else round(float(validation), 5),
        }


class Progress(keras.callbacks.Callback):
    """A progress bar; where there is no terminal, a line at each evaluation."""

    def __init__(self, schedule: Schedule):
        super().__init__()
        self.schedule = schedule
        self.shown = ""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the bar where training stands."""
        self.bar = tqdm(
            total=100.0,
            initial=round(100.0 * self.schedule.progress, 1),
            desc="training",
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
            disable=not sys.stderr.isatty(),
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the bar."""
        figures = logs or {}
        now = f"step {self.schedule.state.step}, {float(figures.get(BITS, 0)):.2f} bits/char"
        self.bar.set_postfix_str(now + self.shown, refresh=False)
        self.bar.update(100.0 * self.schedule.progress - self.bar.n)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Show the validation figure."""
        figures = logs or {}
        if "val_" + BITS in figures:
            self.shown = f", validation {figures['val_' + BITS]:.3f}"
        if self.bar.disable:
            print(
                f"training {self.schedule.progress:4.0%}, step {self.schedule.state.step}, "
                f"{figures[BITS]:.3f} bits/char{self.shown}",
                file=sys.stderr,
                flush=True,
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leave the last state of the bar standing."""
        self.bar.close()
