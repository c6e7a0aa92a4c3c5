"""Starts a run from the weights of another, trained run."""

from __future__ import annotations

from pathlib import Path

from pipeline.checksums import file_digest
from trainer import run_files
from trainer.configuration import RunConfig, TrainerError
from trainer.data.corpus import EncodedCorpus


def inherited_config(run: Path, data: EncodedCorpus) -> RunConfig:
    """The configuration of ``run``, whose model is to be trained further on ``data``.

    Raises:
        TrainerError: the run is not trained, or the data set has another vocabulary or other
            normalisation rules.
    """
    config = RunConfig.load(run)
    if not (run / run_files.BEST_WEIGHTS).is_file():
        raise TrainerError(
            f"{run} has no {run_files.BEST_WEIGHTS} yet; train it until its first evaluation"
        )
    if data.manifest["tokenizer"]["sha256"] != config.data["tokenizer"]["sha256"]:
        tokenizer = run / run_files.TOKENIZER
        raise TrainerError(
            f"{data.folder} has another vocabulary than {run}; make the data set again with: "
            f"python -m pipeline --tokenizer {tokenizer}"
        )
    if data.manifest["normalization"] != config.data["normalization"]:
        raise TrainerError(
            f"{data.folder} has other normalisation rules than {run}; make the data set again "
            "with the pipeline options used for that run"
        )
    return config


def weights_digest(run: Path) -> str:
    """SHA-256 of a run's best weights, which identifies them wherever the run is stored."""
    return file_digest(run / run_files.BEST_WEIGHTS)
