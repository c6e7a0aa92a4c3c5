"""Training options affect the weights as documented."""

import keras
import numpy as np
import pytest

from tests.trainer import micro
from trainer.training.optimization import POLICIES, Averages


def same(one, other, atol):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


def test_the_average_of_the_weights_is_what_is_evaluated():
    learner = micro.learner(ema=0.5)
    expected = None
    for step in range(4):
        learner.train_on_batch(micro.batch(step))
        now = micro.weights(learner)
        expected = now if step == 0 else [(a + b) / 2 for a, b in zip(expected, now, strict=True)]
    averages = Averages()
    averages.set_model(learner)
    with averages.applied():
        same(micro.weights(learner), expected, 1e-6)
        inside = learner.test_on_batch(micro.batch(9))
    same(micro.weights(learner), now, 1e-6)
    assert inside != learner.test_on_batch(micro.batch(9))


def test_gradients_of_two_small_batches_are_those_of_a_large_one():
    large, small = micro.learner(batch=2), micro.learner(accumulate=2)
    one, two = micro.batch(1), micro.batch(2)
    both = {key: np.concatenate([one[key], two[key]]) for key in one}
    before = micro.weights(small)
    small.train_on_batch(one)
    same(micro.weights(small), before, 0)
    small.train_on_batch(two)
    large.train_on_batch(both)
    same(micro.weights(small), micro.weights(large), 5e-4)  # a step is 1e-2
    assert (
        max(np.abs(a - b).max() for a, b in zip(before, micro.weights(small), strict=True)) > 1e-3
    )


def test_a_smoothed_label_spreads_over_the_vocabulary():
    share = 0.1
    learner, inputs = micro.learner(label_smoothing=share), micro.batch(3)
    cost = learner(inputs, training=True)
    said = learner.story_model(inputs["tokens"], inputs["sentences"], inputs["passages"])
    expected = -(1 - share) * said.log_probs - share * said.mean_log_probs
    real = inputs["sentences"] >= 0
    np.testing.assert_allclose(cost["loss"].numpy()[real], expected.numpy()[real], atol=1e-4)
    assert not cost["loss"].numpy()[~real].any()
    plain = learner(inputs, training=False)
    np.testing.assert_array_equal(plain["loss"], plain["nats"])
    np.testing.assert_allclose(plain["nats"], cost["nats"], atol=1e-5)


@pytest.fixture
def policy():
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_learns_with_float32_weights(policy, precision):
    exact = micro.learner().train_on_batch(micro.batch(1))[0]
    policy(POLICIES[precision])
    learner = micro.learner()
    losses = [float(learner.train_on_batch(micro.batch(1))[0]) for _ in range(6)]
    assert losses[0] == pytest.approx(float(exact), abs=0.05)
    assert losses[-1] < losses[0] - 0.1
    assert all(variable.dtype == "float32" for variable in learner.trainable_variables)
    scaled = isinstance(learner.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "float16")


def test_the_compiled_step_is_the_same_step():
    plain, compiled = micro.learner(), micro.learner(jit=True)
    for step in range(2):
        plain.train_on_batch(micro.batch(step))
        compiled.train_on_batch(micro.batch(step))
    same(micro.weights(plain), micro.weights(compiled), 1e-4)
