"""Keras callbacks of a run: schedule, progress bar, evaluation and checkpoints."""

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
from trainer.training.checkpoints import Checkpoints, EvaluationRecord, State
from trainer.training.optimization import Averages

BITS = "bits_per_character"


def learning_rate(progress: float, config: TrainingConfig) -> float:
    """Linear warm-up, then cosine decay to zero (Loshchilov and Hutter 2017).

    Args:
        progress: share of the run completed, 0 to 1.
    """
    if progress < config.warmup:
        return config.learning_rate * progress / config.warmup
    rest = (progress - config.warmup) / (1.0 - config.warmup)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(rest, 1.0)))


class Schedule(keras.callbacks.Callback):
    """Counts steps and time, sets the learning rate, and stops training when either runs out."""

    def __init__(self, state: State, config: TrainingConfig, by_time: bool = True):
        """``by_time`` is False for several workers, whose clocks would disagree."""
        super().__init__()
        self.state, self.config, self.by_time = state, config, by_time
        self.step_started: float | None = None

    @property
    def progress(self) -> float:
        """Share of the run completed, by steps or by time, whichever is greater."""
        by_time = self.state.seconds / (60.0 * self.config.minutes) if self.by_time else 0.0
        return min(1.0, max(self.state.step / self.config.steps, by_time))

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set this step's learning rate."""
        self.step_started = time.monotonic()
        # At progress 0 the rate would be 0 and the first step would do nothing.
        progress = max(self.progress, 1.0 / self.config.steps)
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()  # Keras trains on copies of the variables
        self.model.optimizer.learning_rate.assign(learning_rate(progress, self.config))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step and its time, which excludes evaluations."""
        assert self.step_started is not None
        self.state.step += 1
        self.state.seconds += time.monotonic() - self.step_started
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise TrainerError(
                f"the loss at step {self.state.step} is {loss}; the last good checkpoint is kept. "
                "Start a new run in another --output with a smaller --learning_rate"
            )
        if self.progress >= 1.0:
            by_steps = self.state.step >= self.config.steps
            spent = f"{self.config.steps} steps" if by_steps else f"{self.config.minutes:g} minutes"
            self.state.finished = f"{spent} completed"
            self.model.stop_training = True


class Evaluation(keras.callbacks.Callback):
    """After each evaluation: keeps the best weights, stops early, writes a checkpoint.

    Args:
        averages: swaps the weights' moving average in; None without one.
        report: called with each evaluation before the checkpoint is written.
    """

    def __init__(
        self,
        state: State,
        config: TrainingConfig,
        checkpoints: Checkpoints,
        averages: Averages | None = None,
        report: Callable[[EvaluationRecord], None] = lambda record: None,
    ):
        super().__init__()
        self.state, self.config, self.checkpoints = state, config, checkpoints
        self.averages, self.report = averages, report

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Handle an evaluation; Keras' "epochs" are the steps between two evaluations."""
        metrics = logs or {}
        bits = float(metrics.get("val_" + BITS, metrics[BITS]))
        better = self.state.best is None or bits < self.state.best
        if better:
            self.state.best, self.state.best_step, self.state.waited = bits, self.state.step, 0
        else:
            self.state.waited += 1
            if self.state.waited >= self.config.patience:
                self.state.finished = f"{self.state.waited} evaluations without improvement"
                self.model.stop_training = True
        self.state.history.append(self._record(metrics))
        with self.averages.applied() if self.averages else nullcontext():
            if better:
                self.checkpoints.save_best(self.model.story_model)
            self.report(self.state.history[-1])
        self.checkpoints.save(self.model, self.state)

    def _record(self, metrics: dict[str, Any]) -> EvaluationRecord:
        validation = metrics.get("val_" + BITS)
        return {
            "step": self.state.step,
            "minutes": round(self.state.seconds / 60, 3),
            "learning_rate": float(self.model.optimizer.learning_rate.numpy()),
            "loss": round(float(metrics["loss"]), 5),
            "train": round(float(metrics[BITS]), 5),
            "validation": None if validation is None else round(float(validation), 5),
        }


class ProgressBar(keras.callbacks.Callback):
    """A progress bar; without a terminal, a line for each evaluation."""

    def __init__(self, schedule: Schedule):
        super().__init__()
        self.schedule = schedule
        self.validation = ""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the bar at the current progress."""
        self.bar = tqdm(
            total=100.0,
            initial=round(100.0 * self.schedule.progress, 1),
            desc="training",
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
            disable=not sys.stderr.isatty(),
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Advance the bar."""
        metrics = logs or {}
        now = f"step {self.schedule.state.step}, {float(metrics.get(BITS, 0)):.2f} bits/char"
        self.bar.set_postfix_str(now + self.validation, refresh=False)
        self.bar.update(100.0 * self.schedule.progress - self.bar.n)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Show the validation bits per character."""
        metrics = logs or {}
        if "val_" + BITS in metrics:
            self.validation = f", validation {metrics['val_' + BITS]:.3f}"
        if self.bar.disable:
            print(
                f"training {self.schedule.progress:4.0%}, step {self.schedule.state.step}, "
                f"{metrics[BITS]:.3f} bits/char{self.validation}",
                file=sys.stderr,
                flush=True,
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the bar, leaving its last state on the screen."""
        self.bar.close()
