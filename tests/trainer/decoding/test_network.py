"""Inference computes what the Keras model does, all at once and step by step."""

import numpy as np
import pytest
import tensorflow as tf

from pipeline.records import BOS_ID, EOS_ID
from tests.trainer.small_model import small_model
from trainer.data.packing import pack
from trainer.decoding.network.cache import StepView, initial_bias, null_rows
from trainer.decoding.network.network import Network

VOCABULARY, ROW, SENTENCES = 50, 48, 20


@pytest.fixture(scope="module")
def model():
    return small_model(VOCABULARY)


@pytest.fixture(scope="module")
def network(model):
    return Network(model)


@pytest.fixture(scope="module")
def window():
    """Sentences of 3 to 9 tokens in rows."""
    draw = np.random.default_rng(2)
    lengths = draw.integers(3, 10, size=SENTENCES)
    return pack(draw.integers(4, VOCABULARY, lengths.sum()), lengths, ROW)


@pytest.fixture(scope="module")
def trained(model, window):
    """Log-probabilities of the Keras model, for each token of the window."""
    tokens, sentences = window
    predictions = model(tokens[None], sentences[None], np.zeros((1, len(tokens)), np.int32))
    return predictions.log_probs.numpy()[0]


def padded(sentences, slots, size):
    ids = np.zeros((slots, size), np.int32)
    for row, sentence in enumerate(sentences):
        ids[row, : len(sentence)] = sentence
    lengths = [len(sentence) for sentence in sentences]
    return ids, np.array(lengths + [0] * (slots - len(sentences)), np.int32)


def stories(window, counts):
    """The first sentences of a window, as many as each count says: ids and lengths of a batch."""
    tokens, sentences = window
    rows = [
        padded([tokens[sentences == n] for n in range(count)], max(counts) + 1, 12)
        for count in counts
    ]
    return [tf.constant(np.stack(part)) for part in zip(*rows, strict=True)]


@pytest.mark.parametrize("upto", [0, 1, 4, 5, 6, 15])
def test_the_likelihood_of_a_sentence_is_that_of_the_keras_model(network, window, trained, upto):
    tokens, sentences = window
    here = sentences == upto
    target = tokens[here]
    expected = trained[here].sum()
    story = network.encode_story(*stories(window, [upto]))
    ids, lengths = tf.constant(target[None, None]), tf.constant([[len(target)]])
    assert float(network.log_likelihood(story, ids, lengths)[0, 0]) == pytest.approx(
        expected, abs=1e-4
    )
    assert target[-1] == EOS_ID


def test_a_model_without_memory_sees_the_context_alone(window):
    tokens, sentences = window
    model = small_model(VOCABULARY, memory=False)
    predictions = model(tokens[None], sentences[None], np.zeros((1, len(tokens)), np.int32))
    here = sentences == 15
    target = tf.constant(tokens[here][None, None])
    lengths = tf.constant([[target.shape[2]]])
    ids, sizes = stories(window, [15])
    for first in (0, 10):  # as a whole, and its last five sentences alone
        network = Network(model)
        story = network.encode_story(ids[:, first:], sizes[:, first:])
        found = float(network.log_likelihood(story, target, lengths)[0, 0])
        assert found == pytest.approx(float(predictions.log_probs.numpy()[0][here].sum()), abs=1e-4)


def test_a_story_is_encoded_the_same_in_any_batch(network, window):
    tokens, sentences = window
    target = tf.constant(tokens[sentences == 9][None, None])
    lengths = tf.constant([[target.shape[2]]])
    counts = [9, 0, 15, 3]
    together = network.encode_story(*stories(window, counts))
    found = network.log_likelihood(together, tf.tile(target, [4, 1, 1]), tf.tile(lengths, [4, 1]))
    for row, count in enumerate(counts):
        alone = network.encode_story(*stories(window, [count]))
        expected = network.log_likelihood(alone, target, lengths)
        assert float(found[row, 0]) == pytest.approx(float(expected[0, 0]), abs=1e-4)


@pytest.mark.parametrize(("groups", "beams"), [(1, 1), (1, 3), (3, 2), (4, 1)])
def test_reordered_beams_keep_their_own_history(network, window, groups, beams):
    """Beams are reordered at random; each must score as its own tokens do all at once."""
    draw = np.random.default_rng(groups * 10 + beams)
    story = network.encode_story(*stories(window, [9, 2]))
    decoder, width, steps = network.decoder, groups * beams, 7
    batch = tf.constant(2)
    caches = decoder.empty_caches(batch, groups, beams, steps)
    null = null_rows(batch, groups, beams, decoder.heads, steps)
    bias = initial_bias(batch, groups, beams, steps)
    newest = np.full((2, width), BOS_ID, np.int32)
    history = np.zeros((2, width, 0), np.int32)
    total = np.zeros((2, width))
    for step in range(steps):
        view = StepView(null, groups, beams, decoder.heads, tf.constant(step), steps, bias)
        previous = history[:, :, -2] if step >= 2 else np.zeros_like(newest)
        after, caches = decoder.step(
            story, tf.constant(newest), tf.constant(previous), tf.fill([2], step), view, caches
        )
        source = draw.integers(0, beams, (2, groups, beams))
        bias = view.reordered_bias(tf.constant(source, tf.int32))
        flat = (source + np.arange(groups)[:, None] * beams).reshape(2, width)
        newest = draw.integers(4, VOCABULARY, (2, width)).astype(np.int32)
        rows = np.arange(2)[:, None]
        total = total[rows, flat] + after.log_probs.numpy()[rows, flat, newest]
        history = np.concatenate([history[rows, flat], newest[..., None]], axis=2)
    whole = network.log_likelihood(
        story, tf.constant(history), tf.fill([2, width], tf.constant(steps))
    )
    np.testing.assert_allclose(total, whole.numpy(), atol=1e-4)


def test_a_vector_is_the_mean_of_a_sentences_states_in_any_batch(model, network, window):
    tokens, sentences = window
    ids, lengths = padded([tokens[sentences == n] for n in (3, 8)], 3, 14)
    _, vectors = network.encoder(tf.constant(ids), tf.constant(lengths))
    for row, number in enumerate((3, 8)):
        alone = tokens[sentences == number][None]
        places = np.arange(alone.shape[1])[None]
        expected = model.encode(alone, np.zeros_like(alone), places).numpy()[0].mean(axis=0)
        np.testing.assert_allclose(vectors[row], expected, atol=1e-5)
    assert not vectors[2].numpy().any()
