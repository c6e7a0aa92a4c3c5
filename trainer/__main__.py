"""``python -m trainer``: trains a model on a data set of the pipeline."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainer import presets
from trainer.arguments import Parser, positive, seed, share_below_one, whole_number
from trainer.command import run_command
from trainer.configuration import PRECISIONS, ModelConfig, RunConfig, TrainingConfig, UsageError
from trainer.data.corpus import EncodedCorpus
from trainer.training.initialization import inherited_config, weights_digest

MAX_BATCH = 1_000_000  # windows; TensorFlow counts in 32 bits, and memory ends long before
MODEL_NUMBERS: dict[str, tuple[Callable[[str], float], str]] = {
    "dropout": (share_below_one, "share of activations dropped; more for a small corpus"),
}
TRAINING_NUMBERS: dict[str, tuple[Callable[[str], float], str]] = {
    "steps": (whole_number(1), "maximum number of training steps"),
    "minutes": (positive, "maximum minutes of training, not counting evaluations"),
    "batch": (whole_number(1, MAX_BATCH), "windows in a batch"),
    "learning_rate": (positive, "peak learning rate of the schedule"),
    "evaluate_every": (whole_number(1), "steps between evaluations"),
    "patience": (whole_number(1), "evaluations without improvement before stopping early"),
    "clip_norm": (positive, "global norm to which gradients are clipped"),
    "ema": (share_below_one, "decay of the weights' moving average, such as 0.999; 0 for none"),
    "label_smoothing": (share_below_one, "share of the target spread over the vocabulary"),
    "accumulate": (whole_number(1), "steps whose gradients are averaged before an update"),
    "seed": (seed, "random seed of the weights, data order and dropout"),
}
MODEL_OVERRIDES = (*MODEL_NUMBERS, "memory")
TRAINING_OVERRIDES = (*TRAINING_NUMBERS, "precision", "jit")

INHERITED_RATE = 0.25  # of the preset's learning rate, so as not to forget; not tuned yet


def arguments() -> argparse.ArgumentParser:
    """The argument parser."""
    parser = Parser(
        prog="python -m trainer",
        description="Train a model. Run the same command again to resume an interrupted run.",
        epilog="Options without a stated default take the preset's value.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="data set written by python -m pipeline",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="folder for the training run"
    )
    parser.add_argument(
        "--preset",
        choices=presets.NAMES,
        help="named settings (default: tiny, or those of --init_from)",
    )
    parser.add_argument(
        "--init_from",
        type=Path,
        metavar="FOLDER",
        help="start from the best weights of this run; the data set must have its vocabulary",
    )
    for name, (kind, text) in {**TRAINING_NUMBERS, **MODEL_NUMBERS}.items():
        parser.add_argument(f"--{name}", type=kind, metavar="N", help=text)
    parser.add_argument("--precision", choices=PRECISIONS, help="precision of computation")
    parser.add_argument(
        "--jit", action=argparse.BooleanOptionalAction, help="compile the training step with XLA"
    )
    parser.add_argument(
        "--memory",
        action=argparse.BooleanOptionalAction,
        help="keep a memory of the sentences before the context; train with --no-memory to "
        "measure what it is worth",
    )
    return parser


def main() -> int:
    """Parse and check the arguments, then train."""
    options = arguments().parse_args()
    if options.init_from and options.output.resolve() == options.init_from.resolve():
        raise UsageError("--init_from and --output are the same; give the new run its own folder")
    data = EncodedCorpus.open(options.data)
    config = _configuration(options, data)

    from trainer.training.run import train  # TensorFlow takes ten seconds to import

    state = train(data, options.output, config, options.init_from)
    print(
        f"trainer: finished at step {state.step} after {state.seconds / 60:.1f} minutes "
        f"({state.finished}); best {state.best:.3f} bits per character at step {state.best_step}; "
        f"export with: python -m trainer.export --run {options.output} --output <models>"
    )
    return 0


def _configuration(options: argparse.Namespace, data: EncodedCorpus) -> RunConfig:
    """The preset's settings with the command line's overrides.

    With ``--init_from``, the model's shape is that of the run it names.
    """
    parent = inherited_config(options.init_from, data) if options.init_from else None
    preset = parent.preset if parent else options.preset or "tiny"
    if options.preset not in (None, preset):
        raise UsageError(f"{options.init_from} has the preset {preset}; leave --preset out")
    shape, training = presets.load(preset)
    if parent:
        shape = dataclasses.asdict(parent.model)
        training["learning_rate"] *= INHERITED_RATE
    return RunConfig(
        preset=preset,
        model=ModelConfig(
            **{**shape, **_given(options, MODEL_OVERRIDES), "vocabulary": data.pieces}
        ),
        training=TrainingConfig(**{**training, **_given(options, TRAINING_OVERRIDES)}),
        data=data.summary(),
        initial_weights=weights_digest(options.init_from) if parent else None,
    )


def _given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """The options among ``names`` that the command line sets."""
    values = {name: getattr(options, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


if __name__ == "__main__":
    sys.exit(run_command(main))
