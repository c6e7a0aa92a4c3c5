"""``python -m trainer``: trains a model on a data set of the pipeline."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

from trainer import presets
from trainer.command import run_command
from trainer.configuration import (
    PRECISIONS,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    UsageError,
)
from trainer.data.corpus import EncodedCorpus
from trainer.training.initialization import inherited, weights_digest

MODEL_OVERRIDES = {
    "dropout": "share of activations dropped; more for little text",
    "memory": "remember what lies before the context; without it, to see what it is worth",
}
TRAINING_OVERRIDES = {
    "steps": "most training steps",
    "minutes": "most minutes of training, evaluations not counted",
    "batch": "windows in a batch",
    "learning_rate": "peak of the schedule",
    "evaluate_every": "steps between evaluations",
    "patience": "evaluations without gain before training stops early",
    "clip_norm": "length that the gradient is cut to",
    "ema": "share of the weights' average that each step keeps, such as 0.999; 0 for no average",
    "label_smoothing": "share of the target spread over the vocabulary, such as 0.1",
    "accumulate": "steps whose gradients are averaged before the weights move",
    "precision": f"of arithmetic: {', '.join(PRECISIONS)}",
    "jit": "compile the training step with XLA",
    "seed": "seed of weights, order of data and dropout",
}
# What their values may be.
ABOVE_ZERO = (
    "steps", "minutes", "batch", "learning_rate", "evaluate_every", "patience", "clip_norm",
    "accumulate",
)  # fmt: skip
SHARES = ("dropout", "ema", "label_smoothing")

INHERITED_RATE = 0.25  # of the preset's learning rate, so as not to forget; not tuned yet


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train a model. The same command again goes on where it was interrupted.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--output", type=Path, required=True, help="folder of the training run")
    parser.add_argument(
        "--preset", help=f"one of {', '.join(presets.NAMES)} (default: tiny, or --init_from's)"
    )
    parser.add_argument(
        "--init_from",
        type=Path,
        metavar="RUN",
        help="begin with the best weights of this run; the data needs its vocabulary",
    )
    types = {
        field.name: field.type
        for config in (ModelConfig, TrainingConfig)
        for field in dataclasses.fields(config)
    }
    for name, text in {**TRAINING_OVERRIDES, **MODEL_OVERRIDES}.items():
        kind = {"int": int, "float": float, "str": str, "bool": None}[str(types[name])]
        how: dict[str, Any] = {"type": kind}
        if kind is None:
            how = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(f"--{name}", help=f"{text} (default: the preset's)", **how)
    return parser


def main() -> int:
    """Check the arguments, then train."""
    options = arguments().parse_args()
    _check(options)
    data = EncodedCorpus.open(options.data)
    config = _configuration(options, data)

    from trainer.training.run import train  # TensorFlow takes ten seconds to import

    state = train(data, options.output, config, options.init_from)
    print(
        f"trainer: finished at step {state.step} after {state.seconds / 60:.1f} minutes "
        f"({state.finished}); best {state.best:.3f} bits a character at step {state.best_step}; "
        f"export with: python -m trainer.export --run {options.output} --output <models>"
    )
    return 0


def _check(options: argparse.Namespace) -> None:
    """Raise :class:`UsageError` for values that make no sense."""
    if options.preset not in (None, *presets.NAMES):
        raise UsageError(
            f"there is no preset {options.preset!r}; choose one of {', '.join(presets.NAMES)}"
        )
    for name in ABOVE_ZERO:
        value = getattr(options, name)
        if value is not None and not 0 < value < math.inf:
            raise UsageError(f"--{name} must be above 0, not {value}")
    for name in SHARES:
        value = getattr(options, name)
        if value is not None and not 0 <= value < 1:
            raise UsageError(f"--{name} must be 0 or more and below 1, not {value}")
    if options.precision not in (None, *PRECISIONS):
        raise UsageError(
            f"--precision must be one of {', '.join(PRECISIONS)}, not {options.precision!r}"
        )
    if options.init_from and options.output.resolve() == options.init_from.resolve():
        raise UsageError("--init_from is the --output; give the new run a folder of its own")


def _configuration(options: argparse.Namespace, data: EncodedCorpus) -> RunConfig:
    """The preset's settings under those of the command line; the shape of an inherited model."""
    before = inherited(options.init_from, data) if options.init_from else None
    preset = before.preset if before else options.preset or "tiny"
    if options.preset not in (None, preset):
        raise UsageError(f"{options.init_from} has the preset {preset}; leave --preset out")
    shape, training = presets.load(preset)
    if before:
        shape = dataclasses.asdict(before.model)
        training["learning_rate"] *= INHERITED_RATE
    for settings, names in ((shape, MODEL_OVERRIDES), (training, TRAINING_OVERRIDES)):
        given = {name: getattr(options, name) for name in names}
        settings.update({name: value for name, value in given.items() if value is not None})
    return RunConfig(
        preset=preset,
        model=ModelConfig(**{**shape, "vocabulary": data.pieces}),
        training=TrainingConfig(**training),
        data=data.summary(),
        initial_weights=weights_digest(options.init_from) if before else None,
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
