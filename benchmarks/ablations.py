"""What each choice of the model is worth: bits a character without it, at equal time.

Each variant of a `tiny` model differs from it in one choice (`benchmarks/variants.py`) and learns
for the same processor time, so that what a choice costs is part of its figure and other jobs on
the machine do not disturb it. Bits are of the whole test split after the last step, in windows as
evaluation takes them. The first row is learnt once more with another seed, which shows what a
difference must exceed to say something. Each variant's figures are written as it ends, and the
same command goes on after the last.

Command (a little over an hour on one core):

    taskset -c 1 python benchmarks/ablations.py --data build/novels --output build/ablations

Last result: not run yet
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from benchmarks.variants import VARIANTS, Variant
from trainer import presets
from trainer.building import build
from trainer.callbacks import BITS, Progress, Schedule
from trainer.checkpoints import State
from trainer.command import run_command
from trainer.configuration import (
    ModelConfig,
    RunConfig,
    TrainingConfig,
    UsageError,
    write_atomically,
)
from trainer.feeding import evaluation_batches, training_batches
from trainer.manifest import DataSet
from trainer.optimization import POLICIES

FIGURES = "ablations.json"
BASE = "as it is"


def learn(variant: Variant, data: DataSet, minutes: float, seed: int) -> dict[str, Any]:
    """Train one variant and measure it."""
    shape, training = presets.load("tiny")
    model = ModelConfig(**{**shape, **variant.model, "vocabulary": data.pieces})
    chosen = {"precision": "bfloat16", **variant.training, "seed": seed}
    settings = TrainingConfig(**{**training, "steps": 10**9, **chosen, "minutes": minutes})
    keras.utils.clear_session()
    keras.config.set_dtype_policy(POLICIES[settings.precision])
    keras.utils.set_random_seed(seed)
    with variant.changed():
        config = RunConfig("tiny", model, settings, {})
        learner = build(data.tokenizer, config)
        variant.prepare(learner.story_model)
        learner.compile(optimizer=variant.optimizer(settings), jit_compile=False)
        state = State()
        schedule = Schedule(state, settings, clock=time.process_time)
        learner.fit(
            training_batches(data, settings, 0),
            steps_per_epoch=settings.steps,
            callbacks=[schedule, Progress(schedule)],
            verbose=0,
        )
        found = learner.evaluate(
            evaluation_batches(data, settings, "test"), verbose=0, return_dict=True
        )
    return {
        "bits": round(float(found[BITS]), 4),
        "steps": state.step,
        "parameters": learner.story_model.count_params(),
    }


def line(name: str, found: dict[str, Any], base: float) -> str:
    """A row of the table."""
    return (
        f"{name:42}{found['parameters'] / 1e6:7.2f}{found['steps']:8,}{found['bits']:8.3f}"
        f"{found['bits'] - base:+8.3f}"
    )


def main() -> int:
    """Train what is not trained yet, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--output", type=Path, required=True, help="folder of the figures")
    parser.add_argument("--minutes", type=float, default=4.0, help="for each; default: 4")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="leave out all other variants")
    options = parser.parse_args()
    if not 0 < options.minutes < math.inf:
        raise UsageError("--minutes must be above 0")
    plan = {BASE: (Variant(), 1), "another seed": (Variant(), 2)}
    plan |= {name: (variant, 1) for name, variant in VARIANTS.items()}
    unknown = sorted(set(options.only or []) - set(plan))
    if unknown:
        raise UsageError(f"no variant {unknown[0]!r}; there are: {', '.join(plan)}")
    data = DataSet.open(options.data)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / FIGURES
    given = {"minutes": options.minutes, "tokenizer": data.manifest["tokenizer"]["sha256"]}
    done = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"given": given}
    if done["given"] != given:
        raise UsageError(f"{path} was begun with other options; give these, or another --output")
    print(f"{'':42}{'M par.':>7}{'steps':>8}{'bits':>8}{'':>8}")
    for name, (variant, seed) in plan.items():
        if options.only and name not in options.only:
            continue
        if name not in done:
            done[name] = learn(variant, data, options.minutes, seed)
            write_atomically(path, json.dumps(done, indent=2) + "\n")
        base = done.get(BASE, done[name])["bits"]
        print(line(name, done[name], base), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
