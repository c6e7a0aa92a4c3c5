"""A tiny learner, whose steps take milliseconds, and batches for it."""

import dataclasses

import keras
import numpy as np

from trainer import presets
from trainer.configuration import ModelConfig, TrainingConfig
from trainer.data.packing import pack
from trainer.model.story_model import StoryModel
from trainer.training.learner import Learner
from trainer.training.optimization import optimizer

VOCABULARY, ROW = 40, 32
MODEL = ModelConfig(
    vocabulary=VOCABULARY, width=16, heads=2, encoder_layers=1, decoder_layers=1,
    feed_forward=24, dropout=0.0,
)  # fmt: skip
TRAINING = TrainingConfig(**presets.load("tiny")[1])


def learner(jit=False, cross_replica_sum=None, replicas=1, **settings):
    """A compiled learner with the same weights every time."""
    keras.utils.set_random_seed(5)
    config = dataclasses.replace(TRAINING, **{"learning_rate": 1e-2, **settings})
    options = {} if cross_replica_sum is None else {"cross_replica_sum": cross_replica_sum}
    table = np.linspace(0, 2, VOCABULARY, dtype=np.float32)
    made = Learner(StoryModel(MODEL), table, config.label_smoothing, **options)
    made.compile(optimizer=optimizer(config, replicas), jit_compile=jit)
    made.optimizer.build(made.trainable_variables)
    return made


def batch(seed, windows=1):
    """``windows`` windows of two rows, with the same number of tokens for every seed."""
    lengths = np.full(6, 9)
    parts = []
    for number in range(windows):
        draw = np.random.default_rng([seed, number])
        parts.append(pack(draw.integers(4, VOCABULARY, lengths.sum()), lengths, ROW))
    tokens, sentences = (np.stack(part) for part in zip(*parts, strict=True))
    return {
        "tokens": tokens,
        "sentences": sentences,
        "passages": np.zeros(tokens.shape[:2], np.int32),
    }


def weights(model):
    return [variable.numpy() for variable in model.trainable_variables]
