"""Can the memory reason? The 20 bAbI tasks beside published memory networks.

One story model learns all tasks jointly, from 1,000 questions each, with its own encoder, memory,
decoder and pointer: the facts are sentences in memory, the question is the context, the answer is
the target. A tenth of each task's training questions is held out to choose among seeds. The model
answers with the most likely word; an answer that is not exactly the expected one is an error. A
list counts as one answer, as in the paper. The figures of MemN2N are those of the best of ten runs,
trained jointly (Sukhbaatar et al. 2015, Table 1, 3 hops, PE LS RN); the LSTM's mean is from the
same table.

Each seed's figures are written when it ends; run the same command again to resume after the last
finished seed.

Command:

    python -m benchmarks.babi --output build/babi --seeds 3
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import babi_stories, record
from benchmarks.babi_stories import TASKS
from trainer.arguments import whole_number

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "babi" / "en"
WORTH_COMPILING = (
    1000  # steps; XLA takes about a minute to compile and then halves the time of a step
)
FAILED = 5.0  # per cent; a task with a larger error counts as failed
MEMN2N = (
    0.0, 11.4, 21.9, 13.4, 14.4, 2.8, 18.3, 9.3, 1.9, 6.5,
    0.3, 0.1, 0.2, 6.9, 0.0, 2.7, 40.4, 9.4, 88.0, 0.0,
)  # fmt: skip
LSTM_MEAN = 51.3
NAMES = (
    "single supporting fact", "two supporting facts", "three supporting facts",
    "two arguments", "three arguments", "yes or no", "counting", "lists and sets",
    "simple negation", "indefinite knowledge", "basic coreference", "conjunction",
    "compound coreference", "time reasoning", "basic deduction", "basic induction",
    "positional reasoning", "size reasoning", "path finding", "motivations",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that a seed's figures depend on.

    Attributes:
        rounds: passes through the decoder layers, all with the same weights; each is a memory hop.
        batch: questions per batch.
    """

    tasks: tuple[int, ...]
    epochs: int
    width: int = 64
    heads: int = 4
    feed_forward: int = 128
    encoder_layers: int = 1
    rounds: int = 3
    dropout: float = 0.1
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.05


def train(questions: babi_stories.Questions, settings: Settings, seed: int) -> dict[str, Any]:
    """Train one model and return its errors by task, in per cent, and its CPU minutes."""
    import keras
    import tensorflow as tf

    from benchmarks import babi_batches
    from benchmarks.babi_model import AnsweringModel, AnswerLearner
    from trainer.configuration import ModelConfig

    start = time.process_time()
    keras.utils.set_random_seed(seed)
    ids = babi_stories.vocabulary(questions)
    sentences = babi_batches.SentenceTable(ids)
    known, held_out, test = (sentences.encode(split) for split in questions)
    table = sentences.table()
    config = ModelConfig(
        vocabulary=len(ids) + min(ids.values()),
        width=settings.width,
        heads=settings.heads,
        encoder_layers=settings.encoder_layers,
        decoder_layers=1,
        feed_forward=settings.feed_forward,
        dropout=settings.dropout,
    )
    model = AnsweringModel(config, settings.rounds)
    model.begin()
    learner = AnswerLearner(model)
    size = min(settings.batch, len(known))
    steps = len(known) // size
    # The learner returns log-probabilities, which are valid logits.
    learner.compile(
        optimizer=_optimizer(settings, steps * settings.epochs),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=steps * settings.epochs >= WORTH_COMPILING,
    )
    answer = tf.function(model.answer, reduce_retracing=True)

    def errors(split: Sequence[babi_batches.Encoded]) -> dict[int, float]:
        wrong: dict[int, list[bool]] = defaultdict(list)
        for chosen, batch in babi_batches.evaluation_batches(table, split, 4 * settings.batch):
            expected = batch.pop("answers")
            predicted = answer(**batch).numpy().argmax(axis=-1)
            for one, differs in zip(chosen, predicted != expected, strict=True):
                wrong[one.task].append(bool(differs))
        return {task: 100.0 * statistics.fmean(wrong[task]) for task in settings.tasks}

    def log_epoch(epoch: int, logs: Any) -> None:
        mean = statistics.fmean(errors(held_out).values())
        print(
            f"seed {seed}, epoch {epoch + 1} of {settings.epochs}: loss {logs['loss']:.3f}, "
            f"validation error {mean:.1f} %, {(time.process_time() - start) / 60:.1f} CPU minutes",
            file=sys.stderr,
            flush=True,
        )

    batches = babi_batches.training_batches(table, known, size, settings.epochs, seed)
    learner.fit(
        batches.map(lambda batch: (batch, batch["answers"])),
        epochs=settings.epochs,
        steps_per_epoch=steps,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=log_epoch)],
        shuffle=False,  # already shuffled
        verbose=0,
    )
    return {
        "validation": errors(held_out),
        "test": errors(test),
        "minutes": (time.process_time() - start) / 60,
    }


def _optimizer(settings: Settings, steps: int) -> Any:
    """Muon for matrices, AdamW for the rest; the trainer's schedule: warm-up, then a cosine decay.

    With Muon (Jordan et al. 2024; scaled as in Liu et al. 2025) the model learns task 15 jointly
    with the others, with AdamW it does not. The trainer has AdamW only: on novels Muon's gain per
    step does not pay for its time (docs/model.md).
    """
    import keras

    from trainer.training.optimization import NOT_DECAYING

    warmup = max(1, steps // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=settings.learning_rate, warmup_steps=warmup
    )
    made = keras.optimizers.Muon(
        schedule,
        weight_decay=settings.weight_decay,
        adam_weight_decay=settings.weight_decay,
        adam_beta_2=0.98,
    )
    made.exclude_from_weight_decay(var_names=NOT_DECAYING)
    return made


def run_seeds(options: argparse.Namespace, settings: Settings) -> list[dict[str, Any]]:
    """The figures of all seeds: read from disk where they exist, otherwise trained now.

    Raises:
        ValueError: a file in the folder is from other settings, or has no figures.
    """
    from trainer.configuration import write_atomically

    questions = babi_stories.load(options.corpus, settings.tasks)
    stated = json.loads(json.dumps(dataclasses.asdict(settings)))
    options.output.mkdir(parents=True, exist_ok=True)
    results = []
    for seed in range(1, options.seeds + 1):
        path = options.output / f"seed-{seed}.json"
        if path.exists():
            result = _load(path, stated)
        else:
            result = {"settings": stated, "seed": seed, **train(questions, settings, seed)}
            write_atomically(path, json.dumps(result, indent=2) + "\n")
            result = _load(path, stated)
        results.append(result)
    return results


def _load(path: Path, stated: dict[str, Any]) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        other = result["settings"] != stated
        for split in ("validation", "test"):
            result[split] = {int(task): float(error) for task, error in result[split].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{path} has no figures; delete it to train this seed again") from None
    if other:
        raise ValueError(f"{path} has figures for other settings; use another --output")
    return result


def chosen(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The seed with the lowest validation error."""
    return min(results, key=lambda result: statistics.fmean(result["validation"].values()))


def medians(results: Sequence[dict[str, Any]]) -> dict[int, float]:
    """Median test error of each task over all seeds."""
    return {
        task: statistics.median(result["test"][task] for result in results)
        for task in results[0]["test"]
    }


def table(results: Sequence[dict[str, Any]]) -> str:
    """One line per task, then the means and the number of failed tasks."""
    best, median = chosen(results)["test"], medians(results)
    published = {task: MEMN2N[task - 1] for task in best}
    columns = (median, best, published)
    lines = [f"{'test error, %':<27}{'median':>8}{'best':>8}{'MemN2N':>8}{'LSTM':>8}"]
    for task in best:
        cells = "".join(f"{column[task]:>8.1f}" for column in columns)
        lines.append(f"{task:>2} {NAMES[task - 1]:<24}{cells}")
    whole = f"{LSTM_MEAN:>8.1f}" if len(best) == len(TASKS) else ""
    means = [statistics.fmean(result["test"].values()) for result in results]
    figures = (statistics.median(means), statistics.fmean(best.values()))
    lines.append(
        f"{'mean':<27}{figures[0]:>8.1f}{figures[1]:>8.1f}"
        f"{statistics.fmean(published.values()):>8.1f}{whole}"
    )
    failures = [sum(error > FAILED for error in result["test"].values()) for result in results]
    failed = (statistics.median(failures), sum(error > FAILED for error in best.values()))
    theirs = sum(error > FAILED for error in published.values())
    lines.append(f"{'failed (above 5 %)':<27}{failed[0]:>8g}{failed[1]:>8}{theirs:>8}")
    minutes = sum(result["minutes"] for result in results)
    lines.append(
        f"{len(results)} seeds, {minutes:.0f} minutes of CPU time; best: by validation error"
    )
    return "\n".join(lines)


def draw(results: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw three bars per task: the median error, the best seed's and MemN2N's."""
    from matplotlib.figure import Figure

    from trainer.training.png import save_png

    best, median = chosen(results)["test"], medians(results)
    figure = Figure(figsize=(11, 5), layout="constrained")
    panel = figure.subplots()
    bars = {
        f"ours, median of {len(results)}": median,
        "ours, best by validation error": best,
        "MemN2N, joint, best of 10": {task: MEMN2N[task - 1] for task in best},
    }
    for number, (label, errors) in enumerate(bars.items()):
        places = [place + 0.27 * (number - 1) for place in range(len(errors))]
        panel.bar(places, list(errors.values()), width=0.27, label=label)
    panel.axhline(FAILED, color="grey", linewidth=0.8, linestyle="--")
    panel.set_xticks(
        range(len(best)), [f"{task} {NAMES[task - 1]}" for task in best], rotation=60, ha="right"
    )
    panel.set(ylabel="test error, %", ylim=(0, 100))
    panel.legend()
    save_png(figure, path)


def main() -> None:
    """Train the missing seeds, then print the table and draw it."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("build/babi"), help="folder for the figures"
    )
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder with qa*_train.txt")
    parser.add_argument(
        "--tasks", type=int, nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK",
        help="1 to 20 (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=whole_number(1), default=3, help="models to train (default: 3)"
    )
    parser.add_argument("--epochs", type=whole_number(1), default=60, help="default: 60")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    settings = Settings(tasks=tuple(sorted(set(options.tasks))), epochs=options.epochs)
    try:
        results = run_seeds(options, settings)
        print(table(results))
        draw(results, options.output / "babi.png")
    except (OSError, ValueError) as error:
        sys.exit(f"babi: {error}")


if __name__ == "__main__":
    sys.exit(record.run(main))
