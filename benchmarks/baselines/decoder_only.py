"""A decoder-only Transformer of the size of `tiny`, to compare with our model for equal time.

It has seven layers of the same kind as our encoder (pre-normalisation, rotary positions, gated
feed-forward), causal attention over a window of consecutive tokens, and tied embeddings.
Vocabulary, optimiser, schedule by time, dropout and tokens per batch are the same. The works are
cut into windows anew each epoch. The best weights on the validation split are kept, as by the
trainer, and measured on the test split with half a window or more before each token. Run the same
command again to resume.

Command (writes its figures to --output/decoder_only.json, which ``benchmarks/held_out.py`` prints):

    python -m benchmarks.baselines.decoder_only --data build/novels --output build/decoder30 \\
        --minutes 30
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from benchmarks.baselines import stream
from trainer import presets, run_files
from trainer.arguments import positive, whole_number
from trainer.command import run_command
from trainer.configuration import (
    ModelConfig,
    TrainerError,
    TrainingConfig,
    UsageError,
    write_atomically,
)  # fmt: skip
from trainer.data.characters import characters_per_piece
from trainer.data.corpus import EncodedCorpus
from trainer.model.encoder import EncoderLayer
from trainer.model.layers import norm
from trainer.training.callbacks import Evaluation, ProgressBar, Schedule
from trainer.training.checkpoints import Checkpoints, State
from trainer.training.learner import BitsPerCharacter
from trainer.training.optimization import POLICIES, optimizer

LAYERS = 7
WINDOW = 512
# After a schedule of 300 steps, validation had 5.24 bits per character with 2e-3, 5.32 with 1e-3.
LEARNING_RATE = 2e-3
FIGURES = "decoder_only.json"
SETTINGS = "settings.json"
BATCH_TOKENS = 512  # as in `tiny`
EVALUATE_EVERY = 500  # steps


class DecoderOnly(keras.Model):
    """``tokens [B, T]`` → logits ``[B, T, vocabulary]`` of the token after each."""

    def __init__(self, config: ModelConfig, layers: int):
        super().__init__()
        self.config = config
        self.embedding = self.add_weight(
            name="embedding",
            shape=(config.vocabulary, config.width),
            initializer=keras.initializers.RandomNormal(stddev=config.width**-0.5),
        )
        self.stack = [EncoderLayer(config, name=f"layer_{i}") for i in range(layers)]
        self.out_norm = norm("out_norm")
        self.dropout = keras.layers.Dropout(config.dropout)
        for layer in (*self.stack, self.out_norm):
            layer.build((None, config.width))
        self.built = True

    def call(self, tokens: Any, training: bool = False) -> Any:
        """Shapes are given in the class docstring."""
        length = tokens.shape[1]
        positions = ops.arange(length)[None]
        past = ops.tril(ops.ones((1, length, length), dtype="bool"))
        x = ops.take(self.embedding, tokens, axis=0) * math.sqrt(self.config.width)
        x = self.dropout(x, training=training)
        for layer in self.stack:
            x = layer(x, positions, past, training=training)
        x = self.out_norm(x)
        return ops.cast(ops.matmul(x, ops.transpose(ops.cast(self.embedding, x.dtype))), "float32")


class StreamLearner(keras.Model):
    """Trains and measures a :class:`DecoderOnly` on windows of :mod:`benchmarks.baselines.stream`.

    Args:
        story_model: the model; the trainer's callbacks expect this name.
        characters_per_piece: ``[vocabulary]``.
    """

    def __init__(self, story_model: DecoderOnly, characters_per_piece: np.ndarray):
        super().__init__()
        self.story_model = story_model
        self.table = characters_per_piece
        self.per_character = BitsPerCharacter()
        self.built = True

    def call(self, windows: dict[str, Any], training: bool = False) -> Any:
        """The cost of each target in nats, ``[B, T]``; 0 where it is not scored."""
        logits = self.story_model(windows["inputs"], training=training)
        chosen = ops.take_along_axis(logits, windows["targets"][..., None], axis=-1)[..., 0]
        return ops.where(windows["scored"], ops.logsumexp(logits, axis=-1) - chosen, 0.0)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Any:  # fmt: skip
        """The mean over the scored targets."""
        return ops.sum(y_pred) / ops.sum(ops.cast(x["scored"], "float32"))

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Bits per character so far."""
        characters = ops.take(ops.convert_to_tensor(self.table), x["targets"], axis=0)
        characters = ops.where(x["scored"], characters, 0.0)
        self.per_character.update_state(ops.sum(y_pred), ops.sum(characters))
        return self.get_metrics_result()


def batches(windows: Callable[[], Iterator[stream.Window]], window: int, size: int) -> Any:
    """A ``tf.data.Dataset`` of batches of ``size`` windows."""
    kinds = {"inputs": tf.int32, "targets": tf.int32, "scored": tf.bool}
    spec = {name: tf.TensorSpec((window,), kind) for name, kind in kinds.items()}
    return tf.data.Dataset.from_generator(windows, output_signature=spec).batch(size).prefetch(2)


def train(
    learner: StreamLearner, data: EncodedCorpus, settings: TrainingConfig, output: Path, window: int
) -> State:
    """Train until the time is up, from the checkpoint in ``output`` if there is one."""
    checkpoints = Checkpoints(output)
    state = checkpoints.restore(learner)
    if state.finished:
        return state
    works, held = stream.streams(data, "train"), stream.streams(data, "validation")
    if sum(map(len, works)) < 2 * window:
        raise TrainerError(f"the train split of {data.folder} is shorter than two windows")
    schedule, every = Schedule(state, settings), settings.evaluate_every
    size = max(1, BATCH_TOKENS // window)
    taken = batches(lambda: stream.shuffled(works, window, settings.seed), window, size)
    learner.fit(
        taken.skip(state.step),
        initial_epoch=state.step // every,
        epochs=settings.steps // every + 1,
        steps_per_epoch=every,
        validation_data=batches(lambda: stream.sliding(held, window), window, size),
        callbacks=[schedule, Evaluation(state, settings, checkpoints), ProgressBar(schedule)],
        verbose=0,
    )
    return state


def measure(learner: StreamLearner, data: EncodedCorpus, window: int) -> tuple[float, float]:
    """Bits that the test split costs, sentence ends included, and its characters."""
    test = stream.streams(data, "test")
    learner.evaluate(batches(lambda: stream.sliding(test, window), window, 1), verbose=0)
    metric = learner.per_character
    return float(metric.bits.value), float(metric.characters.value)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--output", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--minutes", type=positive, required=True, help="of training")
    parser.add_argument(
        "--learning_rate", type=positive, default=LEARNING_RATE, help="default: 2e-3"
    )
    parser.add_argument(
        "--steps", type=whole_number(1), default=1_000_000, help="most training steps"
    )
    parser.add_argument("--layers", type=whole_number(1), default=LAYERS, help=f"default: {LAYERS}")
    parser.add_argument(
        "--window", type=_even, default=WINDOW, help=f"tokens, an even number (default: {WINDOW})"
    )
    parser.add_argument("--jit", action="store_true", help="compile the step with XLA")
    parser.add_argument(
        "--precision", choices=sorted(POLICIES), default="float32", help="default: float32"
    )
    return parser


def main() -> int:
    """Train, measure, and write the figures."""
    options = arguments().parse_args()
    data = EncodedCorpus.open(options.data)
    _check(data)
    _keep_to(options, data)
    shape, training = presets.load("tiny")
    config = ModelConfig(**{**shape, "vocabulary": data.pieces})
    given = {name: getattr(options, name) for name in ("minutes", "learning_rate", "steps")}
    settings = TrainingConfig(**{**training, **given, "evaluate_every": EVALUATE_EVERY})
    keras.config.set_dtype_policy(POLICIES[options.precision])
    keras.utils.set_random_seed(settings.seed)
    model = DecoderOnly(config, options.layers)
    learner = StreamLearner(model, characters_per_piece(data.tokenizer))
    learner.compile(optimizer=optimizer(settings), jit_compile=options.jit)
    learner.optimizer.build(learner.trainable_variables)
    state = train(learner, data, settings, options.output, options.window)
    model.load_weights(options.output / run_files.BEST_WEIGHTS)
    bits, characters = measure(learner, data, options.window)
    figures = {
        "bits_per_character": round(bits / characters, 4),
        "characters": int(characters),
        "parameters": model.count_params(),
        "minutes": round(state.seconds / 60, 2),
        "steps": state.step,
        "tokens_per_second": round(state.step * BATCH_TOKENS / state.seconds),
        "ended": state.finished,
        **json.loads((options.output / SETTINGS).read_text(encoding="utf-8")),
    }
    text = json.dumps(figures, indent=2)
    write_atomically(options.output / FIGURES, text + "\n")
    print(text)
    return 0


def _even(text: str) -> int:
    if not text.isdecimal() or int(text) < 1 or int(text) % 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not an even whole number of 2 or more")
    return int(text)


def _check(data: EncodedCorpus) -> None:
    """Raise :class:`TrainerError` if a split has no text."""
    for split in ("train", "validation", "test"):
        if not data.sentences(split):
            raise TrainerError(f"the {split} split of {data.folder} is empty; add novels")


def _keep_to(options: argparse.Namespace, data: EncodedCorpus) -> None:
    """Write the settings to ``--output``; raise :class:`UsageError` if it has other ones."""
    names = ("minutes", "learning_rate", "steps", "layers", "window", "jit", "precision")
    settings = {f"given_{name}": getattr(options, name) for name in names}
    settings["tokenizer"] = data.manifest["tokenizer"]["sha256"]
    text = json.dumps(settings, indent=2) + "\n"
    path = options.output / SETTINGS
    try:
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise UsageError(f"{options.output} has a run with other options; see {path}")
        options.output.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        raise TrainerError(f"{path} cannot be written: {error}; use another --output") from None


if __name__ == "__main__":
    sys.exit(run_command(main))
