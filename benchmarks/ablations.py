"""What each choice in the model is worth: bits per character without it, for equal training time.

Each variant of the `tiny` model changes one choice (``benchmarks/variants.py``). First the variants
take turns of a few training steps on one core; each turn is compared with a turn of the unchanged
model right before it, which gives the cost of a step ("cost"). Then each variant trains for as many
steps as fit into the same time. Bits are measured on the whole test split after the last step, in
the windows of the trainer's evaluation. The last column is the difference from the unchanged model
after the same time. That model also trains with another seed, which shows how large a difference
must be to mean anything, and once for longer. Figures are written as they are found; run the same
command again to resume.

Command (90 minutes on one core):

    taskset -c 1 python -m benchmarks.ablations --data build/novels --output build/ablations \\
        --minutes 2
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from tqdm import tqdm

from benchmarks import record
from benchmarks.variants import VARIANTS, Variant
from trainer import presets
from trainer.arguments import positive
from trainer.command import run_command
from trainer.configuration import (
    ModelConfig,
    RunConfig,
    TrainingConfig,
    UsageError,
    write_atomically,
)
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import evaluation_batches, training_batches
from trainer.training.building import build
from trainer.training.callbacks import BITS, ProgressBar, Schedule
from trainer.training.checkpoints import State
from trainer.training.learner import Learner
from trainer.training.optimization import POLICIES

FIGURES = "ablations.json"
BASE, AGAIN, LONGER = "unchanged", "another seed", "unchanged, for longer"
LONGER_BY = 1.2  # times as many steps
TURNS, TURN_STEPS = 9, 2


def compile_variant(
    variant: Variant, data: EncodedCorpus, seed: int
) -> tuple[Learner, TrainingConfig]:
    """The variant's compiled learner and training settings; call it within ``changed()``."""
    shape, training = presets.load("tiny")
    model = ModelConfig(**{**shape, **variant.model, "vocabulary": data.pieces})
    chosen = {"precision": "bfloat16", **variant.training, "minutes": math.inf, "seed": seed}
    settings = TrainingConfig(**{**training, **chosen})
    keras.config.set_dtype_policy(POLICIES[settings.precision])
    keras.utils.set_random_seed(seed)
    learner = build(data.tokenizer, RunConfig("tiny", model, settings, {}))
    variant.prepare(learner.story_model)
    learner.compile(optimizer=variant.optimizer(settings), jit_compile=False)
    return learner, settings


def costs(plan: dict[str, Variant], data: EncodedCorpus) -> tuple[float, dict[str, float]]:
    """Seconds per training step of the unchanged model, and each variant's cost relative to it.

    A machine's speed drifts by a third within minutes, so each turn of a variant is compared with
    the turn of the unchanged model right before it. Returns medians over all turns.
    """
    ready = {}
    for name, variant in tqdm(plan.items(), desc="building", disable=None):
        with variant.changed():
            learner, settings = compile_variant(variant, data, 1)
            batches = list(training_batches(data, settings, 0).take(TURN_STEPS))
            learner.train_on_batch(batches[0])
        ready[name] = (learner, batches)

    def seconds(name: str) -> float:
        learner, batches = ready[name]
        start = time.perf_counter()
        for batch in batches:
            learner.train_on_batch(batch)
        return (time.perf_counter() - start) / len(batches)

    base: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in plan if name != BASE}
    for _ in tqdm(range(TURNS), desc="turns", disable=None):
        for name, each in ratios.items():
            base.append(seconds(BASE))
            each.append(seconds(name) / base[-1])
    found = {name: round(statistics.median(each), 3) for name, each in ratios.items()}
    return statistics.median(base), {BASE: 1.0, **found}


def learn(variant: Variant, data: EncodedCorpus, steps: int, seed: int) -> dict[str, Any]:
    """Train one variant and measure it."""
    keras.utils.clear_session()
    with variant.changed():
        learner, settings = compile_variant(variant, data, seed)
        settings = dataclasses.replace(settings, steps=steps)
        schedule = Schedule(State(), settings)
        learner.fit(
            training_batches(data, settings, 0),
            steps_per_epoch=steps,
            callbacks=[schedule, ProgressBar(schedule)],
            verbose=0,
        )
        found = learner.evaluate(
            evaluation_batches(data, settings, "test"), verbose=0, return_dict=True
        )
    return {
        "bits": round(float(found[BITS]), 4),
        "steps": steps,
        "parameters": learner.story_model.count_params(),
    }


def line(name: str, done: dict[str, Any], cost: float) -> str:
    """A row of the table; its last figure is the difference from the unchanged model.

    The bits of the unchanged model after the same time are estimated: they fall linearly with the
    logarithm of the steps, with the slope between its two runs.
    """
    found, base, longer = done[name], done[BASE], done[LONGER]
    fall = (base["bits"] - longer["bits"]) / math.log(longer["steps"] / base["steps"])
    expected = base["bits"] - fall * math.log(found["steps"] * cost / base["steps"])
    return (
        f"{name:30}{found['parameters'] / 1e6:7.2f}{cost:7.2f}{found['steps']:7,}"
        f"{found['bits']:8.3f}{found['bits'] - expected:+8.3f}"
    )


def main() -> int:
    """Train the variants that have no figures yet, then print the table."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument(
        "--minutes", type=positive, default=3.0, help="for each variant (default: 3)"
    )
    options = parser.parse_args()
    plan = {BASE: Variant(), **VARIANTS}
    tf.get_logger().setLevel("ERROR")  # turns retrace by design
    data = EncodedCorpus.open(options.data)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / FIGURES
    given = {"minutes": options.minutes, "tokenizer": data.manifest["tokenizer"]["sha256"]}
    done = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"given": given}
    if done["given"] != given:
        raise UsageError(f"{path} has figures for other options; use those, or another --output")
    if "costs" not in done:
        done["seconds"], done["costs"] = costs(plan, data)
        write_atomically(path, json.dumps(done, indent=2) + "\n")
    steps = 60 * options.minutes / done["seconds"]
    runs = [(BASE, BASE, 1, 1.0), (LONGER, BASE, 1, LONGER_BY), (AGAIN, BASE, 2, 1.0)]
    runs += [(name, name, 1, 1.0) for name in VARIANTS]
    for name, which, seed, times_as_long in runs:
        if name not in done:
            print(name, file=sys.stderr, flush=True)
            its_steps = round(steps * times_as_long / done["costs"][which])
            done[name] = learn(plan[which], data, its_steps, seed)
            write_atomically(path, json.dumps(done, indent=2) + "\n")
    print(f"{'':30}{'M par.':>7}{'cost':>7}{'steps':>7}{'bits':>8}")
    for name, which, _, _ in runs:
        print(line(name, done, done["costs"][which]))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: record.run(main)))
