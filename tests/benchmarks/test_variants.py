"""The variants that `benchmarks/ablations.py` compares differ from the model as they claim."""

import keras
import numpy as np
import pytest

from benchmarks.variants import VARIANTS, Variant
from trainer.configuration import ModelConfig
from trainer.training import building

SHAPE = {
    "vocabulary": 40, "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1,
    "feed_forward": 24, "dropout": 0.1,
}  # fmt: skip


def run(variant):
    """A variant's log-probabilities for a window of two rows of four sentences, and its size."""
    keras.utils.set_random_seed(3)
    tokens = np.random.default_rng(4).integers(4, 40, (1, 2, 16)).astype(np.int32)
    sentences = np.repeat(np.arange(8), 4).reshape(1, 2, 16).astype(np.int32)
    with variant.changed():
        made = building.StoryModel(
            ModelConfig(**{**SHAPE, **variant.model, "context_sentences": 1})
        )
        variant.prepare(made)
        found = made(tokens, sentences, np.zeros((1, 2), np.int32))
    return np.asarray(found.log_probs), made.count_params()


@pytest.fixture(scope="module")
def base():
    return run(Variant())


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_works_and_leaves_the_model_as_it_was(name, base):
    variant = VARIANTS[name]
    log_probs, _ = run(variant)
    assert np.isfinite(log_probs).all()
    assert (log_probs < 0).all()
    # Sentence vectors enter through gates that are closed before training.
    if variant.parts and name != "no sentence vectors":
        assert np.abs(log_probs - base[0]).max() > 1e-5
    again, _ = run(Variant())
    np.testing.assert_array_equal(again, base[0])


@pytest.mark.parametrize(
    "name", ["sinusoidal positions", "feed-forward without gate", "no pointer"]
)
def test_variants_of_a_part_have_as_many_parameters(name, base):
    assert run(VARIANTS[name])[1] == base[1]
