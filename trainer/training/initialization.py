"""Where a run's first weights come from, if not from chance: another run that has been trained."""

from __future__ import annotations

import hashlib
from pathlib import Path

from trainer.configuration import BEST, TOKENIZER, RunConfig, TrainerError
from trainer.data.corpus import EncodedCorpus


def inherited(run: Path, data: EncodedCorpus) -> RunConfig:
    """The configuration of ``run``, whose model is to go on with ``data``.

    Raises:
        TrainerError: there is no trained run, or the data has another vocabulary or other rules
            of normalisation.
    """
    config = RunConfig.load(run)
    if not (run / BEST).is_file():
        raise TrainerError(f"{run} has no {BEST} (yet): train it to its first evaluation")
    if data.manifest["tokenizer"]["sha256"] != config.data["tokenizer"]["sha256"]:
        raise TrainerError(
            f"{data.folder} was encoded with another vocabulary than {run} was trained with; make "
            f"the data set again with: python -m pipeline --tokenizer {run / TOKENIZER}"
        )
    if data.manifest["normalization"] != config.data["normalization"]:
        raise TrainerError(
            f"{data.folder} was normalised by other rules than {run} was trained with; make it "
            "again with the pipeline's options of that run"
        )
    return config


def weights_digest(run: Path) -> str:
    """SHA-256 of a run's best weights: names what a run began with, wherever it lies."""
    return hashlib.sha256((run / BEST).read_bytes()).hexdigest()
