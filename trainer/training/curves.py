"""Training curves as a PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.training.checkpoints import EvaluationRecord
from trainer.training.png import save_png


def draw(history: list[EvaluationRecord], path: Path) -> None:
    """Draw four panels: bits per character by step and by time, loss, and learning rate.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    bits, clock, loss, rate = figure.subplots(2, 2).flat
    for panel, axis in ((bits, "step"), (clock, "minutes")):
        _curve(panel, history, axis, "train", "train")
        _curve(panel, history, axis, "validation", "validation")
        panel.set(xlabel=axis, ylabel="bits per character")
        panel.legend()
    _curve(loss, history, "step", "loss")
    loss.set(xlabel="step", ylabel="training loss (nats per token)")
    _curve(rate, history, "step", "learning_rate")
    rate.set(xlabel="step", ylabel="learning rate")
    for panel in (bits, clock, loss, rate):
        panel.grid(alpha=0.3)
    save_png(figure, path)


def _curve(
    panel: Any, history: list[EvaluationRecord], axis: str, key: str, label: str | None = None
) -> None:
    points = [(record[axis], record[key]) for record in history if record[key] is not None]
    if points:
        panel.plot(*zip(*points, strict=True), marker=".", markersize=4, label=label)
