"""``python -m trainer.evaluate``: evaluates a model, or any stories, on held-out text."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from trainer import run_files
from trainer.arguments import Parser, seed, whole_number
from trainer.command import run_command
from trainer.configuration import RunConfig, TrainerError, UsageError, write_atomically
from trainer.data.corpus import EncodedCorpus


def arguments() -> argparse.ArgumentParser:
    """The argument parser."""
    parser = Parser(
        prog="python -m trainer.evaluate",
        description="Measure bits per character on a split of a data set (lower is better); with "
        "--report, also compare spelling, grammar, context and newness with held-out human text.",
    )
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="training run to evaluate")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="data set written by python -m pipeline",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        default="test",
        help="split to measure (default: test)",
    )
    report = parser.add_argument_group("report card (see docs/report_card.md)")
    report.add_argument("--report", action="store_true", help="make a report card")
    report.add_argument(
        "--export", type=Path, metavar="FOLDER", help="judge an exported model, not a run"
    )
    report.add_argument(
        "--stories",
        type=Path,
        metavar="FILE",
        help="judge a file of stories, one sentence per line; with --run or --export, that model "
        "judges their context",
    )
    report.add_argument(
        "--windows",
        type=whole_number(1),
        metavar="N",
        default=20,
        help="windows of ten sentences to judge; more take longer and narrow the intervals "
        "(default: 20)",
    )
    report.add_argument(
        "--seed", type=seed, metavar="N", default=1, help="seed of all random choices (default: 1)"
    )
    report.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="folder for the card (default: the run's, if --run is given)",
    )
    return parser


def main() -> int:
    """Parse and check the arguments, then evaluate."""
    options = arguments().parse_args()
    _check(options)
    config = RunConfig.load(options.run) if options.run else None
    data = EncodedCorpus.open(options.data)
    if config and data.manifest["tokenizer"]["sha256"] != config.data["tokenizer"]["sha256"]:
        raise TrainerError(
            f"{options.data} has another vocabulary than {options.run}; give the data set that the "
            "run was trained on"
        )
    result = None
    if options.run and not options.stories:
        result = _evaluate(options.run, data, options.split)
    if options.report:
        _report(options, data, result)
    if result is not None:
        _finish(options.run, result)
    return 0


def _check(options: argparse.Namespace) -> None:
    """Raise :class:`UsageError` for options that contradict each other."""
    if not options.report:
        if options.run is None:
            raise UsageError("give --run, the folder of a training run")
        for name in ("export", "stories", "output"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name} is for the report card; add --report")
        return
    if options.run and options.export:
        raise UsageError("--run and --export both name a model; give only one")
    if not (options.run or options.export or options.stories):
        raise UsageError("--report needs something to judge: --run, --export or --stories")
    if options.output is None and (options.stories or not options.run):
        raise UsageError("--report needs --output, a folder for the card")


def _evaluate(run: Path, data: EncodedCorpus, split: str) -> dict[str, Any]:
    """How well the model fits a split, as written to ``evaluation.json``."""
    bits, characters = measure(run, data, split)
    figures = data.manifest["splits"][split]
    tokens = figures["tokens"] + figures["sentences"]
    return {
        "split": split,
        "bits_per_character": round(bits / characters, 4),
        "perplexity_per_token": round(math.exp(bits * math.log(2) / tokens), 2),
        "characters": int(characters),
        "sentences": figures["sentences"],
        "works": figures["works"],
    }


def _report(
    options: argparse.Namespace, data: EncodedCorpus, result: dict[str, Any] | None
) -> None:
    """Write the report card; also add it to ``result``, for the model card."""
    from trainer.report_card import card
    from trainer.report_card.models import JudgedModel
    from trainer.report_card.windows import windows_of_file

    stories = windows_of_file(options.stories, options.windows) if options.stories else None
    model = None
    if options.run:
        model = JudgedModel.of_run(options.run)
    elif options.export:
        model = JudgedModel.of_export(options.export)
    judge = card.ReportCard(data, options.windows, options.seed)
    if stories is not None:
        made = card.of_stories(judge, options.stories.name, stories, model)
    else:
        assert model is not None
        made = card.of_model(judge, model)
    folder = options.output or options.run
    card.save(made, folder)
    print((folder / run_files.CARD_TABLE).read_text(encoding="utf-8"))
    if result is not None:
        result["report_card"] = made


def _finish(run: Path, result: dict[str, Any]) -> None:
    """Write ``evaluation.json``, update the run's report, and print the result."""
    from trainer.training import run_report
    from trainer.training.checkpoints import Checkpoints

    path = run / run_files.EVALUATION
    try:
        text = json.dumps(result, ensure_ascii=False, indent=2)
        write_atomically(path, text + "\n")
    except OSError as error:
        raise TrainerError(f"{path} cannot be written: {error}") from None
    run_report.write(run, RunConfig.load(run), Checkpoints(run).state())
    print(
        f"{result['split']}: {result['bits_per_character']:.3f} bits per character over "
        f"{result['characters']:,} characters of {result['works']} works "
        f"(perplexity per token {result['perplexity_per_token']}); written to {path}"
    )


def measure(run: Path, data: EncodedCorpus, split: str) -> tuple[float, float]:
    """Bits needed to encode a split, sentence ends included, and its characters.

    Raises:
        TrainerError: the split is empty, or the run has no trained weights.
    """
    import keras
    from tqdm import tqdm

    from trainer.data.feeding import evaluation_batches
    from trainer.training.building import load_best

    config, learner = load_best(run)
    learner.compile(jit_compile=False)
    with tqdm(desc=f"evaluating {split}", unit=" windows", disable=not sys.stderr.isatty()) as bar:
        count = keras.callbacks.LambdaCallback(
            on_test_batch_end=lambda batch, logs=None: bar.update()
        )
        batches = evaluation_batches(data, config.training, split)
        learner.evaluate(batches, verbose=0, callbacks=[count])
    metric = learner.per_character
    return float(metric.bits.value), float(metric.characters.value)


if __name__ == "__main__":
    sys.exit(run_command(main))
