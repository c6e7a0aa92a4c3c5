"""Starts or resumes a training run and trains it to its end."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import keras
import tensorflow as tf

from trainer import run_files
from trainer.configuration import RunConfig, TrainerError, TrainingConfig, UsageError
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import check_rows, evaluation_batches, training_batches
from trainer.training.building import build, load_weights
from trainer.training.callbacks import Evaluation, ProgressBar, Schedule
from trainer.training.checkpoints import Checkpoints, State
from trainer.training.distribution import Devices, detect_devices
from trainer.training.learner import Learner
from trainer.training.optimization import POLICIES, Averages, optimizer
from trainer.training.run_report import Reporter
from trainer.training.samples import Samples

VALIDATION_WINDOWS = 16  # enough for a stable figure; the test split is evaluated in full


def train(
    data: EncodedCorpus, run: Path, config: RunConfig, init_from: Path | None = None
) -> State:
    """Train a new run, or resume one that was interrupted.

    Args:
        run: folder of the run; created if necessary.
        init_from: folder of the run whose best weights a new run starts from.

    Returns:
        The final state; ``finished`` says why training ended.

    Raises:
        TrainerError: the folder holds another run, the data does not fit, or the loss is not
            finite.
    """
    devices = detect_devices()
    _check(config.training, devices)
    _prepare(data, run, config, devices.chief)
    keras.utils.set_random_seed(config.training.seed)
    keras.config.set_dtype_policy(POLICIES[config.training.precision])
    checkpoints = Checkpoints(run, writes=devices.chief)
    with devices.scope():
        learner = _learner(data, config, devices)
        state = checkpoints.restore(learner)
        if state.finished:
            return state
        if state.step:
            _log(f"resuming from the checkpoint at step {state.step}")
        elif init_from:
            load_weights(init_from, learner.story_model)
    callbacks = _callbacks(learner, data, run, config, state, checkpoints, devices)
    _fit(learner, data, config.training, state, callbacks, devices.replicas)
    return state


def _learner(data: EncodedCorpus, config: RunConfig, devices: Devices) -> Learner:
    """A compiled learner with new weights."""
    settings = config.training
    learner = build(
        data.tokenizer,
        config,
        devices.learner,
        label_smoothing=settings.label_smoothing,
        cross_replica_sum=devices.sum,
    )
    # XLA cannot compile a step that waits for other devices. Keras' JAX trainer needs jit.
    jit = (settings.jit and devices.replicas == 1) or keras.backend.backend() == "jax"
    learner.compile(optimizer=optimizer(settings, devices.replicas), jit_compile=jit)
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
    """Train to the end.

    Raises:
        TrainerError: TensorFlow failed, for example because a shard is damaged.
    """
    validation = None
    if data.sentences("validation"):
        validation = evaluation_batches(
            data, settings, "validation", VALIDATION_WINDOWS, batch=replicas
        )
    else:
        _log("no validation text: training text is evaluated, and there is no early stopping")
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
        # A missing or damaged shard, or a full disk under the TensorBoard logs.
        raise TrainerError(
            f"stopped at step {state.step}: {_cause(error)}; fix this and run the same command "
            "again to resume from the last checkpoint"
        ) from None


def _callbacks(
    learner: Learner,
    data: EncodedCorpus,
    run: Path,
    config: RunConfig,
    state: State,
    checkpoints: Checkpoints,
    devices: Devices,
) -> list[keras.callbacks.Callback]:
    """The callbacks, in the order in which they must run."""
    settings = config.training
    schedule = Schedule(state, settings, by_time=devices.workers == 1)
    averages = Averages() if settings.ema else None
    first = [schedule, averages] if averages else [schedule]
    if not devices.chief:
        return [*first, Evaluation(state, settings, checkpoints, averages)]
    # Decoding needs TensorFlow, so runs on other backends have no samples.
    decodes = keras.backend.backend() == "tensorflow"
    samples = Samples(learner.story_model, data) if decodes else None
    report = Reporter(run, config, state, samples)
    return [
        *first,
        Evaluation(state, settings, checkpoints, averages, report),
        ProgressBar(schedule),
        keras.callbacks.TensorBoard(run / run_files.TENSORBOARD, write_graph=False),
    ]


def _check(settings: TrainingConfig, devices: Devices) -> None:
    """Raise :class:`UsageError` for settings that these devices do not support."""
    if settings.batch % devices.replicas:
        raise UsageError(
            f"--batch {settings.batch} cannot be divided evenly among {devices.replicas} devices; "
            f"give a multiple of {devices.replicas}"
        )
    if devices.replicas > 1 and settings.precision == "float16":
        raise UsageError("--precision float16 needs a single device; use bfloat16 with several")
    if devices.replicas > 1 and settings.accumulate > 1:
        # Keras would all-reduce inside a conditional, which tf.distribute does not allow.
        raise UsageError("--accumulate needs a single device; use a larger --batch with several")


def _prepare(data: EncodedCorpus, run: Path, config: RunConfig, writes: bool) -> None:
    """Check the data set and the folder; create a new run's files.

    Raises:
        TrainerError: the data does not fit, or the folder cannot be used for this run.
    """
    check_rows(data, config.training)
    if not data.sentences("train"):
        raise TrainerError(f"the train split of {data.folder} is empty; add novels")
    if (run / run_files.RUN).exists():
        existing = RunConfig.load(run)
        if existing != config:
            raise TrainerError(
                f"{run} holds a run with other settings ({_difference(existing, config)}); "
                "give the same options to resume it, or another --output"
            )
        return
    if not writes:
        return
    try:
        run.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data.tokenizer, run / run_files.TOKENIZER)
        config.save(run)
    except OSError as error:
        raise TrainerError(f"{run} cannot be written: {error}; choose another --output") from None


def _difference(existing: RunConfig, config: RunConfig) -> str:
    if existing.data != config.data:
        return "it has another data set"
    if existing.initial_weights != config.initial_weights:
        return "it started from other weights"
    for name in ("model", "training"):
        old, new = vars(getattr(existing, name)), vars(getattr(config, name))
        for key, value in old.items():
            if new[key] != value:
                return f"{key} was {value}, now {new[key]}"
    return f"preset was {existing.preset}, now {config.preset}"


def _cause(error: tf.errors.OpError) -> str:
    """The line of TensorFlow's message that states the cause: the one before the node's name."""
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    nodes = [i for i, line in enumerate(lines) if line.startswith("[[{{node")]
    return lines[nodes[0] - 1] if nodes and nodes[0] else lines[0]


def _log(text: str) -> None:
    print(f"trainer: {text}", file=sys.stderr, flush=True)
