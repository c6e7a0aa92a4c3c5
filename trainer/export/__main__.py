"""``python -m trainer.export``: exports a run's best weights as a SavedModel, or checks one."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from pipeline.version import __version__
from trainer import run_files
from trainer.arguments import Parser, whole_number
from trainer.command import run_command
from trainer.configuration import RunConfig, TrainerError, UsageError
from trainer.data.corpus import EncodedCorpus
from trainer.export.check import check
from trainer.export.versions import SAVED_MODEL, versions

MODEL_NAME = "soseol"
CARD = "model_card.json"


def arguments() -> argparse.ArgumentParser:
    """The argument parser."""
    parser = Parser(
        prog="python -m trainer.export",
        description="Export a training run as a SavedModel, ready for a server: raw text in, raw "
        "text out.",
    )
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="training run to export")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="the server's model base path; the model goes to FOLDER/VERSION",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="data set that the run was trained on; candidates must not copy its sentences",
    )
    parser.add_argument(
        "--version",
        type=whole_number(1, 2**63 - 1),  # TensorFlow Serving's versions are int64
        metavar="N",
        help="new version number (default: the highest plus 1)",
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="FOLDER",
        help="export nothing; run every signature of the exported model in FOLDER",
    )
    return parser


def main() -> int:
    """Export or check, as the command line says."""
    options = arguments().parse_args()
    if options.check:
        if options.run or options.output or options.data or options.version is not None:
            raise UsageError("--check cannot be combined with other options")
        print(check(options.check))
        return 0
    if not (options.run and options.output):
        raise UsageError("give --run and --output, or --check")
    config = RunConfig.load(options.run)
    data = _data(options.data, options.run, config) if options.data else None
    if data is None:
        print(
            "export: without --data, candidates may copy whole sentences of the training text",
            file=sys.stderr,
        )
    version = _version(options.output, options.version)
    staging = options.output / f".{version}.writing"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
    except OSError as error:
        raise TrainerError(
            f"{options.output} cannot be written: {error.strerror}; choose another --output"
        ) from None
    print("export: building the graphs takes about a minute", file=sys.stderr, flush=True)
    try:
        write(options.run, staging, data)
        staging.rename(options.output / str(version))
    except OSError as error:
        raise TrainerError(f"{options.output} cannot be written: {error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    print(f"export: {options.output / str(version)} is ready to serve")
    return 0


def write(run: Path, folder: Path, data: EncodedCorpus | None = None) -> None:
    """Write the SavedModel of ``run`` into ``folder``, which exists and is empty.

    Args:
        data: what the run was trained on, for the filter against copies.

    Raises:
        TrainerError: the run has no trained weights.
    """
    import tensorflow as tf

    from trainer.decoding.text.codec import TextCodec
    from trainer.decoding.text.copies import CopyFilter, fingerprints
    from trainer.export import warmup
    from trainer.export.saved_graph import prepare_for_serving
    from trainer.signatures import StoryService
    from trainer.training.building import load_best

    config, learner = load_best(run)
    codec = TextCodec((run / run_files.TOKENIZER).read_bytes(), config.data["normalization"])
    copies = CopyFilter(fingerprints(data, codec) if data else None)
    service = StoryService(learner.story_model, codec, config.data["longest_sentence"], copies)
    tf.saved_model.save(service, str(folder), signatures=service.signatures())
    prepare_for_serving(folder / SAVED_MODEL)
    extra = folder / "assets.extra"
    extra.mkdir()
    shutil.copyfile(run / run_files.TOKENIZER, extra / run_files.TOKENIZER)
    count = int(copies.fingerprints.shape[0])
    card = model_card(run, config) | {"copy_filter": {"sentences": count, "bytes": 4 * count}}
    text = json.dumps(card, ensure_ascii=False, indent=2)
    (extra / CARD).write_text(text + "\n", encoding="utf-8")
    warmup.write(extra / warmup.FILE, MODEL_NAME)


def model_card(run: Path, config: RunConfig) -> dict[str, Any]:
    """The content of ``model_card.json``: version, settings, training data and scores."""
    from trainer.training.checkpoints import Checkpoints

    state = Checkpoints(run).state()
    result = run / run_files.EVALUATION
    return {
        "name": MODEL_NAME,
        "soseol_version": __version__,
        "preset": config.preset,
        "model": vars(config.model),
        "training": vars(config.training),
        "data": {key: config.data[key] for key in ("splits", "tokenizer")},
        "initial_weights": config.initial_weights,
        "trained_steps": state.best_step,
        "training_minutes": round(state.seconds / 60, 1),
        "validation_bits_per_character": state.best,
        "test": json.loads(result.read_text(encoding="utf-8")) if result.is_file() else None,
    }


def _data(folder: Path, run: Path, config: RunConfig) -> EncodedCorpus:
    """The data set in ``folder``.

    Raises:
        TrainerError: ``run`` was not trained on it.
    """
    data = EncodedCorpus.open(folder)
    given, trained = data.summary(), config.data
    if any(given[key] != trained[key] for key in ("splits", "tokenizer", "normalization")):
        raise TrainerError(f"{run} was trained on {trained['folder']}, not on {folder}")
    return data


def _version(base: Path, wanted: int | None) -> int:
    """The version to write.

    Raises:
        UsageError: it is taken.
        TrainerError: the base path cannot be a folder.
    """
    if base.exists() and not base.is_dir():
        raise TrainerError(f"{base} is not a folder; choose another --output")
    taken = versions(base)
    if wanted is None:
        return max(taken, default=0) + 1
    if wanted in taken:
        raise UsageError(
            f"{base / str(wanted)} already exists; omit --version to get the next number"
        )
    return wanted


if __name__ == "__main__":
    sys.exit(run_command(main))
