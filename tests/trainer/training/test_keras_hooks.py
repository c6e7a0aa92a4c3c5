"""Undocumented behaviour of Keras that training relies on."""

import keras
import tensorflow as tf

from tests.trainer import micro
from trainer.training.distribution import WorkersLearner
from trainer.training.learner import Learner

EXAMINED_VERSION = "3.15.1"
HOOK = "_maybe_symbolic_build"


def test_fit_and_evaluate_still_call_the_hook_that_workers_override(monkeypatch):
    advice = (
        f"WorkersLearner overrides keras.Model.{HOOK} as examined in Keras {EXAMINED_VERSION}, "
        f"but Keras {keras.__version__} does not call it that way. See how fit builds a model "
        "under tf.distribute, then adapt trainer/training/distribution.py"
    )
    assert hasattr(keras.Model, HOOK), advice
    assert HOOK in vars(WorkersLearner)
    calls = []
    monkeypatch.setattr(Learner, HOOK, lambda self, **arguments: calls.append(set(arguments)),
                        raising=False)  # fmt: skip
    learner = micro.learner()
    batches = tf.data.Dataset.from_tensors(micro.batch(1))
    learner.fit(batches, verbose=0)
    assert calls == [{"iterator"}], advice
    learner.evaluate(batches, verbose=0)
    assert calls == [{"iterator"}] * 2, advice
