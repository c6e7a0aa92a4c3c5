"""A training run for people: what was trained, how it went, what it writes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from trainer.configuration import RunConfig, TrainerError, write_atomically
from trainer.training.checkpoints import Evaluated, State
from trainer.training.curves import CURVES, draw
from trainer.training.samples import Samples

REPORT = "report.md"
TABLE = "report_card.md"  # what `python -m trainer.evaluate --report` wrote, if it did
EVALUATION = "evaluation.json"
LOGS = "tensorboard"
SHARE = 0.02  # of training time


class Reporter:
    """Keeps the report up to date while training goes on, in a fiftieth of its time at most.

    Args:
        run: the run's folder.
        state: of the run; its last evaluation is given what the model wrote.
        samples: what to write; None for none.
    """

    def __init__(self, run: Path, config: RunConfig, state: State, samples: Samples | None):
        self.run, self.config, self.state, self.samples = run, config, state, samples
        self.spent = 0.0

    def __call__(self, evaluated: Evaluated) -> None:
        """An evaluation is over; the last one is reported always."""
        if self.spent > SHARE * self.state.seconds and not self.state.finished:
            return
        begun = time.monotonic()
        if self.samples:
            logs = self.run / LOGS / "samples"
            evaluated["samples"] = self.samples.logged(logs, self.state.step)
        write(self.run, self.config, self.state)
        self.spent += time.monotonic() - begun


def write(run: Path, config: RunConfig, state: State) -> None:
    """Write ``report.md`` and ``curves.png`` into the run's folder.

    Raises:
        TrainerError: they cannot be written.
    """
    try:
        if state.history:
            draw(state.history, run / CURVES)
        write_atomically(run / REPORT, _text(run, config, state))
    except OSError as error:
        raise TrainerError(
            f"{run / REPORT} cannot be written: {error}; make room and start the same command again"
        ) from None


def _text(run: Path, config: RunConfig, state: State) -> str:
    parts = [f"# Training run {run.name}", _outcome(state), "## Model", _settings(config)]
    if state.history:
        parts += [f"![Curves]({CURVES})", "## Evaluations", _evaluations(state)]
        if samples := state.history[-1].get("samples"):
            parts += [f"## Samples at step {state.history[-1]['step']}", *map(_sample, samples)]
    if (run / EVALUATION).is_file():
        parts += ["## Held-out text", _held_out(run / EVALUATION)]
    if (run / TABLE).is_file():
        card = (run / TABLE).read_text(encoding="utf-8")
        parts.append("## Report card\n" + card.partition("\n")[2].rstrip())
    return "\n\n".join(parts) + "\n"


def _outcome(state: State) -> str:
    best = (
        "not evaluated yet"
        if state.best is None
        else (f"best {state.best:.3f} bits a character at step {state.best_step}")
    )
    ending = state.finished or "goes on"
    return f"Step {state.step} after {state.seconds / 60:.1f} minutes ({ending}); {best}."


def _settings(config: RunConfig) -> str:
    rows: dict[str, Any] = {"preset": config.preset}
    rows |= vars(config.model) | vars(config.training)
    for split, counts in config.data["splits"].items():
        rows[f"{split} text"] = f"{counts['works']} works, {counts['characters']:,} characters"
    if config.initial_weights:
        rows["began with weights"] = config.initial_weights[:12]
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| setting | value |", "|---|---|", *lines])


def _evaluations(state: State) -> str:
    lines = [
        f"| {record['step']} | {record['minutes']:.1f} | {record['learning_rate']:.2e} "
        f"| {record['train']:.3f} | {_or_dash(record['validation'])} |"
        for record in state.history
    ]
    head = ["| step | minutes | learning rate | train | validation |", "|---:|---:|---:|---:|---:|"]
    return "\n".join(head + lines)


def _held_out(path: Path) -> str:
    found = json.loads(path.read_text(encoding="utf-8"))
    return (
        f"{found['bits_per_character']:.3f} bits a character over {found['characters']:,} "
        f"characters of {found['works']} works (split {found['split']})."
    )


def _sample(sample: dict[str, str]) -> str:
    return f"> {sample['story']} **{sample['sentence']}**"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
