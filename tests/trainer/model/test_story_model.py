"""The story model attends to what it may, and to nothing else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.configuration import ModelConfig
from trainer.data.packing import pack
from trainer.model.decoder import KeyValues
from trainer.model.story_model import StoryModel

VOCABULARY, ROW = 50, 48


@pytest.fixture(scope="module")
def model():
    """Random weights; memory gates are opened, or the memory would have no effect."""
    keras.utils.set_random_seed(3)
    config = ModelConfig(
        vocabulary=VOCABULARY,
        width=32,
        heads=4,
        encoder_layers=2,
        decoder_layers=2,
        feed_forward=48,
        dropout=0.0,
    )
    made = StoryModel(config)
    for layer in made.decoder:
        layer.memory_gate.assign(np.random.default_rng(1).normal(size=32))
    return made


@pytest.fixture(scope="module")
def window():
    """20 sentences of 3 to 9 tokens, with the passage's number."""
    draw = np.random.default_rng(2)
    lengths = draw.integers(3, 10, size=20)
    tokens, sentences = pack(draw.integers(4, VOCABULARY, lengths.sum()), lengths, ROW)
    return tokens[None], sentences[None], np.zeros((1, len(tokens)), np.int32)


def predict(model, tokens, sentences, passages, **options):
    return model(*map(tf.constant, (tokens, sentences, passages)), **options)


def log_probs(model, *window, **options):
    return predict(model, *window, **options).log_probs.numpy()


def places(sentences, number):
    return np.argwhere(sentences == number)


def test_no_prediction_depends_on_the_token_itself_or_a_later_one(model, window):
    tokens, sentences, passages = window
    before = predict(model, *window)
    order = {tuple(p): i for i, p in enumerate(np.argwhere(sentences >= 0))}
    for place in list(order)[::5]:
        changed = tokens.copy()
        changed[place] = 4 + (changed[place] - 4 + 7) % (VOCABULARY - 4)
        after = predict(model, changed, sentences, passages)

        def first_moved(now, then):
            moved = (np.abs(now - then) > 1e-6) & (sentences >= 0)
            return min((order[tuple(p)] for p in np.argwhere(moved)), default=len(order))

        assert (
            first_moved(after.mean_log_probs.numpy(), before.mean_log_probs.numpy()) > order[place]
        )
        # What is said of the token itself changes, since another one stands there.
        assert first_moved(after.log_probs.numpy(), before.log_probs.numpy()) >= order[place]


def test_context_and_memory_reach_every_earlier_sentence(model, window):
    tokens, sentences, passages = window
    before = log_probs(model, *window)
    last = places(sentences, 19)
    for number in range(19):
        changed = tokens.copy()
        changed[tuple(places(sentences, number)[1])] = 4
        after = log_probs(model, changed, sentences, passages)
        moved = max(np.abs(after[tuple(p)] - before[tuple(p)]).max() for p in last)
        assert moved > 1e-5, f"sentence {number} does not reach the last one"


def test_nothing_beyond_its_reach_is_remembered(model, window):
    tokens, sentences, passages = window
    before = log_probs(model, *window, reach=8)
    changed = tokens.copy()
    changed[sentences <= 10] = 4
    after = log_probs(model, changed, sentences, passages, reach=8)
    last = sentences == 19
    np.testing.assert_array_equal(after[last], before[last])
    assert np.abs(log_probs(model, *window)[last] - before[last]).max() > 1e-5


def test_the_pointer_makes_a_repeated_word_likelier(window):
    """A token that follows the same two tokens as before gets the pointer's probability."""
    keras.utils.set_random_seed(3)
    config = ModelConfig(
        vocabulary=VOCABULARY, width=32, heads=4, encoder_layers=1, decoder_layers=1,
        feed_forward=48, dropout=0.0,
    )  # fmt: skip
    fresh = StoryModel(config)
    fresh.pointer.sentinel.bias.assign([0.0])
    fresh.pointer.feature_weights.assign([0.0, 8.0, 0.0])
    tokens = np.array([[[5, 6, 7, 2, 8, 9, 10, 2, 5, 6, 7, 2]]])
    sentences = np.repeat([[[0, 1, 2]]], 4, axis=2)
    log_probs_of = predict(fresh, tokens, sentences, np.zeros((1, 1), np.int32)).log_probs.numpy()
    assert np.exp(log_probs_of[0, 0, 10]) > 0.9  # 5 6 → 7 once more
    assert np.exp(log_probs_of[0, 0, 2]) < 0.2  # the first time


def test_another_passage_in_the_window_changes_nothing(model, window):
    tokens, sentences, passages = window
    joined = [np.concatenate([part, part], axis=1) for part in (tokens, sentences)]
    joined.append(np.concatenate([passages, passages + 1], axis=1))
    rows = tokens.shape[1]
    alone, both = log_probs(model, *window), log_probs(model, *joined)
    real = sentences >= 0
    np.testing.assert_allclose(both[:, rows:][real], alone[real], atol=1e-4)
    np.testing.assert_allclose(both[:, :rows][real], alone[real], atol=1e-4)


def test_a_query_that_sees_nothing_gets_zeros(model):
    attention = model.decoder[0].cross_attention
    states = tf.random.stateless_normal([1, 3, 32], seed=[1, 2])
    positions = tf.range(3)[None]
    keys, values = attention.keys_values(states, positions)
    nothing = KeyValues(keys, values, tf.zeros([1, 3, 3], tf.bool))
    queries = attention.queries(states, positions)
    assert not np.any(attention.attend(queries, *nothing).numpy())
