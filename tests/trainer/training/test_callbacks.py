"""The learning-rate schedule and early stopping."""

import dataclasses
from types import SimpleNamespace

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer import presets
from trainer.configuration import TrainerError, TrainingConfig
from trainer.training.callbacks import Evaluation, Schedule, learning_rate
from trainer.training.checkpoints import State

CONFIG = TrainingConfig(**presets.load("tiny")[1])


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_rate_rises_in_the_warm_up_and_falls_after_it(one, other):
    first, second = sorted((one, other))
    before, after = learning_rate(first, CONFIG), learning_rate(second, CONFIG)
    assert 0 <= before <= CONFIG.learning_rate
    if second <= CONFIG.warmup:
        assert before <= after
    if first >= CONFIG.warmup:
        assert before >= after


def test_the_rate_peaks_after_the_warm_up_and_ends_at_zero():
    assert learning_rate(CONFIG.warmup, CONFIG) == CONFIG.learning_rate
    assert learning_rate(1.0, CONFIG) == pytest.approx(0.0, abs=1e-12)


class Kept:
    """Records what would be written as checkpoints."""

    def __init__(self):
        self.best, self.saved = [], []

    def save(self, learner, state):
        self.saved.append(dataclasses.replace(state))

    def save_best(self, story_model):
        self.best.append(story_model)


def evaluated(figures, patience):
    state, kept = State(), Kept()
    callback = Evaluation(state, dataclasses.replace(CONFIG, patience=patience), kept)
    optimizer = keras.optimizers.SGD(0.1)
    callback.set_model(
        SimpleNamespace(story_model="weights", stop_training=False, optimizer=optimizer)
    )
    for step, figure in enumerate(figures, start=1):
        state.step = step
        figures_now = {"loss": 6.0, "bits_per_character": 9.0, "val_bits_per_character": figure}
        callback.on_epoch_end(step, figures_now)
        if callback.model.stop_training:
            break
    return state, kept


def test_training_stops_when_nothing_better_comes_and_keeps_the_best():
    state, kept = evaluated([5.0, 4.0, 4.1, 4.2, 4.3, 1.0], patience=3)
    assert (state.best, state.best_step, state.step) == (4.0, 2, 5)
    assert "3 evaluations" in state.finished
    assert len(kept.best) == 2
    assert [saved.step for saved in kept.saved] == [1, 2, 3, 4, 5]


def test_a_better_figure_starts_the_patience_anew():
    state, _ = evaluated([5.0, 5.1, 5.2, 4.9, 5.0, 5.1], patience=3)
    assert state.finished is None
    assert state.best == 4.9


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_with_a_word(loss):
    schedule = Schedule(State(step=6), CONFIG)
    schedule.step_started = 0.0
    with pytest.raises(TrainerError, match=r"step 7 .*--learning_rate"):
        schedule.on_train_batch_end(0, {"loss": loss})
