"""Trains one run from where it stands to its end."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import keras
import tensorflow as tf

from trainer.configuration import (
    RUN_FILE,
    TOKENIZER,
    RunConfig,
    TrainerError,
    TrainingConfig,
    UsageError,
)
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import check_rows, evaluation_batches, training_batches
from trainer.training.building import build, load_weights
from trainer.training.callbacks import Evaluation, Progress, Schedule
from trainer.training.checkpoints import Checkpoints, State
from trainer.training.distribution import Devices, devices
from trainer.training.learner import Learner
from trainer.training.optimization import POLICIES, Averages, optimizer
from trainer.training.run_report import LOGS, Reporter
from trainer.training.samples import Samples

VALIDATION_WINDOWS = 16  # enough for a steady figure; the test split is measured whole


def train(
    data: EncodedCorpus, run: Path, config: RunConfig, init_from: Path | None = None
) -> State:
    """Train a new run, or go on with one that was interrupted.

    Args:
        run: folder of the run; made if need be.
        init_from: folder of the run whose best weights a new run begins with.

    Returns:
        The state at the end; ``finished`` says why it is the end.

    Raises:
        TrainerError: the folder holds another run, the data does not fit, or the loss broke.
    """
    together = devices()
    _check(config.training, together)
    _prepare(data, run, config, together.chief)
    keras.utils.set_random_seed(config.training.seed)
    keras.config.set_dtype_policy(POLICIES[config.training.precision])
    checkpoints = Checkpoints(run, writes=together.chief)
    with together.scope():
        learner = _learner(data, config, together)
        state = checkpoints.restore(learner)
        if state.finished:
            return state
        if state.step:
            _say(f"goes on from the checkpoint at step {state.step}")
        elif init_from:
            load_weights(init_from, learner.story_model)
    callbacks = _callbacks(learner, data, run, config, state, checkpoints, together)
    _fit(learner, data, config.training, state, callbacks, together.replicas)
    return state


def _learner(data: EncodedCorpus, config: RunConfig, together: Devices) -> Learner:
    """A learner with fresh weights, ready for ``fit``."""
    settings = config.training
    learner = build(
        data.tokenizer,
        config,
        together.learner,
        label_smoothing=settings.label_smoothing,
        over_replicas=together.sum,
    )
    # XLA cannot compile a step that waits for other devices; Keras's JAX trainer needs it.
    jit = (settings.jit and together.replicas == 1) or keras.backend.backend() == "jax"
    learner.compile(optimizer=optimizer(settings, together.replicas), jit_compile=jit)
    learner.optimizer.build(learner.trainable_variables)
    return learner


def _fit(
    learner: Learner,
    data: EncodedCorpus,
    settings: TrainingConfig,
    state: State,
    callbacks: list[keras.callbacks.Callback],
    replicas: int,
) -> None:
    """Train until the end, or until something breaks."""
    validation = None
    if data.sentences("validation"):
        validation = evaluation_batches(
            data, settings, "validation", VALIDATION_WINDOWS, batch=replicas
        )
    else:
        _say("no validation text: the figure shown is on training text, nothing stops early")
    every = settings.evaluate_every
    try:
        learner.fit(
            training_batches(data, settings, state.step),
            initial_epoch=state.step // every,
            epochs=settings.steps // every + 1,
            steps_per_epoch=every,
            validation_data=validation,
            callbacks=callbacks,
            verbose=0,
        )
    except tf.errors.OpError as error:
        # A shard that vanished or was damaged, or a full disk under the TensorBoard logs.
        raise TrainerError(
            f"stopped at step {state.step}: {_cause(error)}; put it right and start the same "
            "command again, which goes on from the last checkpoint"
        ) from None


def _callbacks(
    learner: Learner,
    data: EncodedCorpus,
    run: Path,
    config: RunConfig,
    state: State,
    checkpoints: Checkpoints,
    together: Devices,
) -> list[keras.callbacks.Callback]:
    """What happens around steps and evaluations, in the order in which it must."""
    settings = config.training
    schedule = Schedule(state, settings, by_time=together.workers == 1)
    averages = Averages() if settings.ema else None
    first = [schedule, averages] if averages else [schedule]
    if not together.chief:
        return [*first, Evaluation(state, settings, checkpoints, averages)]
    # Decoding is TensorFlow; what another backend trained is seen once it is exported.
    writes = keras.backend.backend() == "tensorflow"
    samples = Samples(learner.story_model, data) if writes else None
    report = Reporter(run, config, state, samples)
    return [
        *first,
        Evaluation(state, settings, checkpoints, averages, report),
        Progress(schedule),
        keras.callbacks.TensorBoard(run / LOGS, write_graph=False),
    ]


def _check(settings: TrainingConfig, together: Devices) -> None:
    """Raise :class:`UsageError` for settings that these devices cannot follow."""
    if settings.batch % together.replicas:
        raise UsageError(
            f"--batch {settings.batch} cannot be shared by {together.replicas} devices evenly; "
            f"give a multiple of {together.replicas}"
        )
    if together.replicas > 1 and settings.precision == "float16":
        raise UsageError("--precision float16 is for one device; take bfloat16 for several")
    if together.replicas > 1 and settings.accumulate > 1:
        # Keras sums over replicas inside a branch, which tf.distribute does not allow.
        raise UsageError("--accumulate is for one device; give several a larger --batch")


def _prepare(data: EncodedCorpus, run: Path, config: RunConfig, writes: bool) -> None:
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
    if not writes:
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


def _cause(error: tf.errors.OpError) -> str:
    """The line of a graph's error that says what happened: it stands before the node's name."""
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    nodes = [i for i, line in enumerate(lines) if line.startswith("[[{{node")]
    return lines[nodes[0] - 1] if nodes and nodes[0] else lines[0]


def _say(text: str) -> None:
    print(f"trainer: {text}", file=sys.stderr, flush=True)
