"""A small model with random weights, all of whose parts can be seen to work."""

import keras
import numpy as np

from trainer.configuration import ModelConfig
from trainer.decoding.network.network import Network
from trainer.model.story_model import StoryModel


def small_model(vocabulary, seed=3, **options):
    keras.utils.set_random_seed(seed)
    config = ModelConfig(
        vocabulary=vocabulary, width=32, heads=4, encoder_layers=2, decoder_layers=2,
        feed_forward=48, dropout=0.0, **options,
    )  # fmt: skip
    model = StoryModel(config)
    draw = np.random.default_rng(1)
    for variable in model.variables:
        if variable.name == "scale":  # of normalisations
            variable.assign(draw.normal(1, 0.2, variable.shape))
    for layer in model.decoder:
        layer.memory_gate.assign(draw.normal(size=32))  # or the memory could not be seen to work
    model.pointer.nowhere.bias.assign([1.0])  # nor could the pointer
    model.pointer.nowhere.kernel.assign(draw.normal(size=(32, 1)))
    return model


def small_network(vocabulary, seed=3):
    return Network(small_model(vocabulary, seed))
