"""Trains one run from where it stands to its end."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import keras
import tensorflow as tf

from trainer.building import build, load_weights
from trainer.callbacks import Evaluation, Progress, Schedule
from trainer.checkpoints import Checkpoints, State
from trainer.configuration import RUN_FILE, TOKENIZER, RunConfig, TrainerError, TrainingConfig
from trainer.feeding import check_rows, evaluation_batches, training_batches
from trainer.manifest import DataSet

VALIDATION_WINDOWS = 32  # enough for a steady figure; the test split is measured whole


def train(data: DataSet, run: Path, config: RunConfig, init_from: Path | None = None) -> State:
    """Train a new run, or go on with one that was interrupted.

    Args:
        run: folder of the run; made if need be.
        init_from: folder of the run whose best weights a new run begins with.

    Returns:
        The state at the end; ``finished`` says why it is the end.

    Raises:
        TrainerError: the folder holds another run, the data does not fit, or the loss broke.
    """
    _prepare(data, run, config)
    keras.utils.set_random_seed(config.training.seed)
    learner = build(run, config)
    learner.compile(optimizer=_optimizer(config.training), jit_compile=False)
    learner.optimizer.build(learner.trainable_variables)
    checkpoints = Checkpoints(run)
    state = checkpoints.restore(learner)
    if state.finished:
        return state
    if state.step:
        _say(f"goes on from the checkpoint at step {state.step}")
    elif init_from:
        load_weights(init_from, learner.story_model)
    schedule = Schedule(state, config.training)
    validation = None
    if data.sentences("validation"):
        validation = evaluation_batches(data, config.training, "validation")
    else:
        _say("no validation text: the figure shown is on training text, nothing stops early")
    every = config.training.evaluate_every
    try:
        learner.fit(
            training_batches(data, config.training, state.step),
            initial_epoch=state.step // every,
            epochs=config.training.steps // every + 1,
            steps_per_epoch=every,
            validation_data=validation and validation.take(VALIDATION_WINDOWS),
            callbacks=[
                schedule,
                Evaluation(state, config.training, checkpoints),
                Progress(schedule),
                keras.callbacks.TensorBoard(run / "tensorboard", write_graph=False),
            ],
            verbose=0,
        )
    except tf.errors.OpError as error:
        # A shard that vanished or was damaged, or a full disk under the TensorBoard logs.
        raise TrainerError(
            f"stopped at step {state.step}: {_cause(error)}; put it right and start the same "
            "command again, which goes on from the last checkpoint"
        ) from None
    return state


def _prepare(data: DataSet, run: Path, config: RunConfig) -> None:
    """Check the data and the folder; write what makes the folder a run."""
    check_rows(data, config.training)
    if not data.sentences("train"):
        raise TrainerError(f"the train split of {data.folder} is empty; add novels")
    if (run / RUN_FILE).exists():
        before = RunConfig.load(run)
        if before != config:
            raise TrainerError(
                f"{run} holds a run with other settings ({_difference(before, config)}); "
                "give the same options to go on with it, or another --output"
            )
        return
    try:
        run.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data.tokenizer, run / TOKENIZER)
        config.save(run)
    except OSError as error:
        raise TrainerError(f"{run} cannot be written: {error}; choose another --output") from None


def _difference(before: RunConfig, now: RunConfig) -> str:
    if before.data != now.data:
        return "its data set was another one"
    if before.initial_weights != now.initial_weights:
        return "it began with other weights"
    for name in ("model", "training"):
        old, new = vars(getattr(before, name)), vars(getattr(now, name))
        for key, value in old.items():
            if new[key] != value:
                return f"{key} was {value}, now {new[key]}"
    return f"preset was {before.preset}, now {now.preset}"


def _optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        beta_2=0.95,
        global_clipnorm=config.clip_norm,
    )
    optimizer.exclude_from_weight_decay(var_names=["scale", "gate", "embedding"])
    return optimizer


def _cause(error: tf.errors.OpError) -> str:
    """The line of a graph's error that says what happened: it stands before the node's name."""
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    nodes = [i for i, line in enumerate(lines) if line.startswith("[[{{node")]
    return lines[nodes[0] - 1] if nodes and nodes[0] else lines[0]


def _say(text: str) -> None:
    print(f"trainer: {text}", file=sys.stderr, flush=True)
