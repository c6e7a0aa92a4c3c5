"""What the memory is worth: bits per character and hits@1 with it, without it, and by distance.

It compares a model with its memory; the same weights with the memory cut off, so that the model
sees only the five sentences of the context; the same weights with a memory of limited reach, which
shows how far back the useful sentences are; and a model trained without memory (`--no-memory`).
Bits are measured on every sentence of the test split, in the windows of the trainer's evaluation.
hits@1 is how often the true next sentence ranks first among nine others
(`trainer.report_card.context`). Intervals are 95 %, by resampling whole windows; the interval of a
gain resamples the same windows of both models.

Command (the second training is only needed for the row "trained without"):

    python -m trainer --data build/novels --output build/run30 --minutes 30
    python -m trainer --data build/novels --output build/without30 --minutes 30 --no-memory
    python -m benchmarks.memory --data build/novels --run build/run30 --without build/without30 \\
        --picture build/memory.png
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from benchmarks import record
from trainer import run_files
from trainer.arguments import whole_number
from trainer.configuration import RunConfig
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import evaluation_batches
from trainer.data.record_reader import read_works
from trainer.decoding.text.codec import TextCodec
from trainer.report_card.bootstrap import RESAMPLES, Estimate, estimate_ratio
from trainer.report_card.context import ContextResult, measure_context
from trainer.report_card.models import JudgedModel
from trainer.report_card.windows import held_out_windows
from trainer.signatures import StoryService
from trainer.training.building import build, load_best, load_weights
from trainer.training.learner import Learner
from trainer.training.png import save_png

REACHES = (8, 12, 20, 35, 60)  # sentences back, in addition to the context alone and to all
SEED = 1

Parts = list[tuple[float, float]]


def bits_by_window(
    learner: Learner, data: EncodedCorpus, config: RunConfig, reach: int | None
) -> Parts:
    """Bits and characters of each window of the test split."""
    learner.reach = reach
    table = tf.constant(learner.table)

    @tf.function(reduce_retracing=True)
    def measured(inputs: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        characters = tf.where(inputs["sentences"] >= 0, tf.gather(table, inputs["tokens"]), 0.0)
        return tf.reduce_sum(learner(inputs)["nats"]), tf.reduce_sum(characters)

    batches = evaluation_batches(data, config.training, "test")
    name = "all" if reach is None else str(reach)
    pairs = [measured(batch) for batch in tqdm(batches, desc=f"reach {name}", leave=False)]
    return [(float(nats) / math.log(2), float(characters)) for nats, characters in pairs]


def gain(worse: Parts, better: Parts) -> Estimate:
    """Bits per character that the second model saves, with an interval over the same windows."""
    pairs = np.array([(a - b, count) for (a, count), (b, _) in zip(worse, better, strict=True)])
    drawn = np.random.default_rng(SEED).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    total = pairs.sum(axis=0)
    return Estimate(float(total[0] / total[1]), float(low), float(high), float(total[1]))


def context_results(
    run: Path, data: EncodedCorpus, windows: int, memory: bool
) -> list[ContextResult]:
    """The report card's context results of a run (hits@1), with its memory or without."""
    config = RunConfig.load(run)
    shape = dataclasses.replace(config.model, memory=config.model.memory and memory)
    learner = build(run / run_files.TOKENIZER, dataclasses.replace(config, model=shape))
    load_weights(run, learner.story_model)
    codec = TextCodec((run / run_files.TOKENIZER).read_bytes(), config.data["normalization"])
    service = StoryService(learner.story_model, codec, config.data["longest_sentence"])
    model = JudgedModel(run.name, service.signatures())
    read = read_works(data, "test")
    chosen = held_out_windows(read, windows, SEED)
    with tqdm(desc=f"hits@1 of {run.name}", total=len(chosen), leave=False) as bar:
        return measure_context(model, read, chosen, SEED, bar.update)


def describe(figure: Estimate | None, places: int = 3) -> str:
    """A figure with its interval, as text."""
    if figure is None:
        return "-"
    return f"{figure.value:.{places}f} [{figure.low:.{places}f}, {figure.high:.{places}f}]"


def draw(gains: dict[int, Estimate], path: Path) -> None:
    """Plot bits saved against how far back the memory reaches."""
    from matplotlib.figure import Figure

    reaches = sorted(gains)
    picture = Figure(figsize=(7, 4), layout="constrained")
    axes = picture.subplots()
    values = [gains[reach] for reach in reaches]
    axes.plot(reaches, [figure.value for figure in values], marker="o")
    axes.fill_between(
        reaches, [f.low for f in values], [f.high for f in values], alpha=0.2, label="95 % interval"
    )
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set_xlabel("reach of the memory (sentences back)")
    axes.set_ylabel("bits per character saved by the memory")
    axes.legend(frameon=False)
    save_png(picture, path)


def main() -> None:
    """Print the tables and write the plot."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--without", type=Path, help="a run trained with --no-memory")
    parser.add_argument(
        "--windows", type=whole_number(0), default=30,
        help="for hits@1; 0 skips it (default: 30)",
    )  # fmt: skip
    parser.add_argument("--picture", type=Path, help="PNG file for the plot")
    options = parser.parse_args()
    data = EncodedCorpus.open(options.data)
    config, learner = load_best(options.run)
    near = config.model.context_sentences
    cut = bits_by_window(learner, data, config, near)
    whole = bits_by_window(learner, data, config, None)
    rows = [("with the memory", whole, options.run, True), ("cut off", cut, options.run, False)]
    if options.without:
        other, without = load_best(options.without)
        parts = bits_by_window(without, data, other, None)
        rows.append(("trained without", parts, options.without, True))
    print(f"{'':18} {'bits per character':24} {'hits@1, other works':24} hits@1, same work")
    for name, parts, run, memory in rows:
        results = context_results(run, data, options.windows, memory) if options.windows else []
        elsewhere = estimate_ratio([one.other_works for one in results], SEED) if results else None
        nearby = estimate_ratio([one.same_work for one in results], SEED) if results else None
        bits = estimate_ratio(parts, SEED)
        print(
            f"{name:18} {describe(bits):24} {describe(elsewhere):24} {describe(nearby)}",
            flush=True,
        )
    print(f"\nbits per character saved compared with {near} sentences, by reach of the memory")
    gains = {near: gain(cut, cut)}
    for reach in REACHES:
        gains[reach] = gain(cut, bits_by_window(learner, data, config, reach))
        print(f"{reach:>18} {describe(gains[reach], 4)}", flush=True)
    print(f"{'all':>18} {describe(gain(cut, whole), 4)}")
    if options.without:
        print(f"{'trained without':>18} {describe(gain(parts, whole), 4)} (saved by the memory)")
    if options.picture:
        draw(gains, options.picture)


if __name__ == "__main__":
    sys.exit(record.run(main))
