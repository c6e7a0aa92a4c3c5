"""A run's report: its settings, its evaluations and samples of its text."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from trainer import run_files
from trainer.configuration import RunConfig, TrainerError, write_atomically
from trainer.training.checkpoints import EvaluationRecord, State
from trainer.training.curves import draw
from trainer.training.samples import Samples

MAX_SHARE = 0.02  # of training time that may be spent on reports


class Reporter:
    """Updates the report during training, in at most ``MAX_SHARE`` of the training time.

    Args:
        run: the run's folder.
        samples: writes the samples; None for none.
    """

    def __init__(self, run: Path, config: RunConfig, state: State, samples: Samples | None):
        self.run, self.config, self.state, self.samples = run, config, state, samples
        self.seconds_spent = 0.0

    def __call__(self, record: EvaluationRecord) -> None:
        """Report an evaluation and add samples to its record; the last is always reported."""
        if self.seconds_spent > MAX_SHARE * self.state.seconds and not self.state.finished:
            return
        start = time.monotonic()
        if self.samples:
            logs = self.run / run_files.TENSORBOARD / "samples"
            record["samples"] = self.samples.log(logs, self.state.step)
        write(self.run, self.config, self.state)
        self.seconds_spent += time.monotonic() - start


def write(run: Path, config: RunConfig, state: State) -> None:
    """Write ``report.md`` and ``curves.png`` into the run's folder.

    Raises:
        TrainerError: they cannot be written.
    """
    path = run / run_files.REPORT
    try:
        if state.history:
            draw(state.history, run / run_files.CURVES)
        write_atomically(path, _text(run, config, state))
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written: {error}; free some disk space and run the same command "
            "again"
        ) from None


def _text(run: Path, config: RunConfig, state: State) -> str:
    parts = [f"# Training run {run.name}", _outcome(state), "## Model", _settings(config)]
    if state.history:
        parts += [f"![Curves]({run_files.CURVES})", "## Evaluations", _evaluations(state)]
        if samples := state.history[-1].get("samples"):
            parts.append(f"## Samples at step {state.history[-1]['step']}")
            parts += ["The model's sentence is in bold.", *map(_sample, samples)]
    evaluation, card = run / run_files.EVALUATION, run / run_files.CARD_TABLE
    if evaluation.is_file():
        parts += ["## Held-out text", _held_out(evaluation)]
    if card.is_file():
        table = card.read_text(encoding="utf-8").partition("\n")[2]
        parts.append("## Report card\n" + table.rstrip())
    return "\n\n".join(parts) + "\n"


def _outcome(state: State) -> str:
    best = (
        "not evaluated yet"
        if state.best is None
        else f"best {state.best:.3f} bits per character at step {state.best_step}"
    )
    ending = state.finished or "not finished"
    return f"Step {state.step} after {state.seconds / 60:.1f} minutes ({ending}); {best}."


def _settings(config: RunConfig) -> str:
    rows: dict[str, Any] = {"preset": config.preset}
    rows |= vars(config.model) | vars(config.training)
    for split, counts in config.data["splits"].items():
        rows[f"{split} text"] = f"{counts['works']} works, {counts['characters']:,} characters"
    if config.initial_weights:
        rows["initial weights"] = config.initial_weights[:12]
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| setting | value |", "|---|---|", *lines])


def _evaluations(state: State) -> str:
    lines = [
        f"| {record['step']} | {record['minutes']:.1f} | {record['learning_rate']:.2e} "
        f"| {record['train']:.3f} | {_or_dash(record['validation'])} |"
        for record in state.history
    ]
    head = ["| step | minutes | learning rate | train | validation |", "|---:|---:|---:|---:|---:|"]
    return "Train and validation in bits per character.\n\n" + "\n".join(head + lines)


def _held_out(path: Path) -> str:
    result = json.loads(path.read_text(encoding="utf-8"))
    return (
        f"{result['bits_per_character']:.3f} bits per character over {result['characters']:,} "
        f"characters in {result['works']} works ({result['split']} split)."
    )


def _sample(sample: dict[str, str]) -> str:
    return f"> {sample['story']} **{sample['sentence']}**"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
