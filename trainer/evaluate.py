"""``python -m trainer.evaluate``: measures a run's best weights on text it has not seen."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

from trainer.command import run_command
from trainer.configuration import RunConfig, TrainerError, write_atomically
from trainer.manifest import DataSet

RESULT = "evaluation.json"


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.evaluate",
        description="Bits a character on a split of a data set (lower is better).",
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument(
        "--split", choices=("train", "validation", "test"), default="test", help="default: test"
    )
    return parser


def main() -> int:
    """Check the arguments, then evaluate."""
    options = arguments().parse_args()
    config = RunConfig.load(options.run)
    data = DataSet.open(options.data)
    if data.manifest["tokenizer"]["sha256"] != config.data["tokenizer"]["sha256"]:
        raise TrainerError(
            f"{options.data} was encoded with another vocabulary than {options.run} was trained "
            "with; give the data set of that run"
        )
    bits, characters = measure(options.run, data, options.split)
    figures = data.manifest["splits"][options.split]
    result = {
        "split": options.split,
        "bits_per_character": round(bits / characters, 4),
        "perplexity_per_token": round(
            math.exp(bits * math.log(2) / (figures["tokens"] + figures["sentences"])), 2
        ),
        "characters": int(characters),
        "sentences": figures["sentences"],
        "works": figures["works"],
    }
    try:
        write_atomically(options.run / RESULT, json.dumps(result, indent=2) + "\n")
    except OSError as error:
        raise TrainerError(f"{options.run / RESULT} cannot be written: {error}") from None
    print(
        f"{options.split}: {result['bits_per_character']:.3f} bits a character over "
        f"{result['characters']:,} characters of {result['works']} works "
        f"(perplexity a token {result['perplexity_per_token']}); written to "
        f"{options.run / RESULT}"
    )
    return 0


def measure(run: Path, data: DataSet, split: str) -> tuple[float, float]:
    """Bits that a split's text takes, sentence ends included, and its characters.

    Raises:
        TrainerError: the split is empty or the run has no trained weights.
    """
    import keras
    from tqdm import tqdm

    from trainer.building import load_best
    from trainer.feeding import evaluation_batches

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
