"""``python -m trainer``: trains a model on a data set of the pipeline."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from trainer import presets
from trainer.command import run_command
from trainer.configuration import ModelConfig, RunConfig, TrainingConfig, UsageError
from trainer.manifest import DataSet

MODEL_OVERRIDES = {"dropout": "share of activations dropped; more for little text"}
TRAINING_OVERRIDES = {
    "steps": "most training steps",
    "minutes": "most minutes of training, evaluations not counted",
    "batch": "windows in a batch",
    "learning_rate": "peak of the schedule",
    "evaluate_every": "steps between evaluations",
    "patience": "evaluations without gain before training stops early",
    "seed": "seed of weights, order of data and dropout",
}


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train a model. The same command again goes on where it was interrupted.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--output", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--preset", default="tiny", help=f"one of {', '.join(presets.NAMES)}")
    types = {
        field.name: field.type
        for config in (ModelConfig, TrainingConfig)
        for field in dataclasses.fields(config)
    }
    for name, text in {**TRAINING_OVERRIDES, **MODEL_OVERRIDES}.items():
        kind = {"int": int, "float": float}[str(types[name])]
        parser.add_argument(f"--{name}", type=kind, help=f"{text} (default: the preset's)")
    return parser


def main() -> int:
    """Check the arguments, then train."""
    options = arguments().parse_args()
    if options.preset not in presets.NAMES:
        raise UsageError(
            f"there is no preset {options.preset!r}; choose one of {', '.join(presets.NAMES)}"
        )
    for name in TRAINING_OVERRIDES:
        value = getattr(options, name)
        if value is not None and name != "seed" and value <= 0:
            raise UsageError(f"--{name} must be above 0, not {value}")
    if options.dropout is not None and not 0 <= options.dropout < 1:
        raise UsageError(f"--dropout must be 0 or more and below 1, not {options.dropout}")
    data = DataSet.open(options.data)
    model, training = presets.load(options.preset)
    for settings, names in ((model, MODEL_OVERRIDES), (training, TRAINING_OVERRIDES)):
        given = {name: getattr(options, name) for name in names}
        settings.update({name: value for name, value in given.items() if value is not None})
    config = RunConfig(
        preset=options.preset,
        model=ModelConfig(vocabulary=data.pieces, **model),
        training=TrainingConfig(**training),
        data=data.summary(),
    )

    from trainer.training import train  # TensorFlow takes ten seconds to import

    state = train(data, options.output, config)
    print(
        f"trainer: finished at step {state.step} after {state.seconds / 60:.1f} minutes "
        f"({state.finished}); best {state.best:.3f} bits a character at step {state.best_step}; "
        f"export with: python -m trainer.export --run {options.output} --output <models>"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
