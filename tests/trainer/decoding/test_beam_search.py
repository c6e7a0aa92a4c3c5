"""Beam search finds the best sentences, and observes its constraints."""

import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import EOS_ID
from tests.trainer.small_model import small_network
from trainer.decoding import constraints
from trainer.decoding.beam_search import BeamConfig, beam_search
from trainer.decoding.recent_text import RecentText

PIECES = range(260, 264)  # after control and byte pieces
VOCABULARY = 264
CONTINUING = 263  # the piece that does not begin a word
FREE = BeamConfig(
    groups=1, beams=256, finished=400,
    diversity_penalty=0.0, shared_bigram_penalty=0.0, story_bigram_penalty=0.0,
    no_repeat_ngram_size=9, story_no_repeat_ngram_size=9, min_length=1, max_length=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def network():
    return small_network(VOCABULARY)


@pytest.fixture(scope="module")
def story():
    """Two stories, of 8 and of 3 sentences."""
    draw = np.random.default_rng(5)
    ids = draw.integers(PIECES.start, PIECES.stop, (2, 8, 6)).astype(np.int32)
    ids[..., -1] = EOS_ID
    lengths = np.array([[6] * 8, [6] * 3 + [0] * 5], np.int32)
    return tf.constant(ids), tf.constant(lengths)


def search(network, story, config, rows=slice(None)):
    ids, lengths = (part[rows] for part in story)
    encoded = network.encode_story(ids, lengths)
    recent = tf.reshape(ids[:, -5:], [ids.shape[0], -1])
    recent = RecentText(recent, recent != CONTINUING, tf.zeros_like(recent, tf.bool))
    run = tf.function(lambda: beam_search(network.decoder, encoded, recent, config))
    return tf.nest.map_structure(lambda part: part.numpy(), run())


def sentences(found, row=0):
    """Token lists of all hypotheses of a row, without the end."""
    ids, lengths = found.ids[row], found.lengths[row]
    flat = zip(ids.reshape(-1, ids.shape[-1]), lengths.reshape(-1), strict=True)
    return [list(sentence[: length - 1]) for sentence, length in flat if length]


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_a_beam_that_is_wide_enough_finds_the_best_of_all_sentences(network, story, length_penalty):
    config = dataclasses.replace(FREE, length_penalty=length_penalty)
    found = search(network, story, config, slice(1))
    every = [
        [*body, EOS_ID] for size in range(5) for body in itertools.product(PIECES, repeat=size)
    ]
    lengths = np.array([len(sentence) for sentence in every], np.int32)
    ids = np.zeros((len(every), 5), np.int32)
    for row, sentence in enumerate(every):
        ids[row, : len(sentence)] = sentence
    encoded = network.encode_story(*(part[:1] for part in story))
    log_probs = network.log_likelihood(encoded, tf.constant(ids[None]), tf.constant(lengths[None]))
    scores = log_probs.numpy()[0] / lengths**length_penalty
    order = np.argsort(-scores)
    assert sentences(found) == [every[place][:-1] for place in order], "all of them, best first"
    np.testing.assert_allclose(found.scores[0, 0, : len(every)], scores[order], atol=1e-4)


@pytest.mark.parametrize("groups", [1, 3])
def test_the_best_hypothesis_is_no_worse_with_more_beams(network, story, groups):
    best = []
    for beams in (1, 4, 64):
        config = dataclasses.replace(FREE, groups=groups, beams=beams, length_penalty=0.0)
        best.append(search(network, story, config).scores[:, 0, 0])
    assert (best[2] >= best[0] - 1e-5).all()


def test_a_story_gets_the_same_candidates_in_any_batch(network, story):
    config = BeamConfig(max_length=24)
    together = search(network, story, config)
    for row in range(2):
        alone = search(network, story, config, slice(row, row + 1))
        assert sentences(alone) == sentences(together, row)


@pytest.mark.parametrize(("shortest", "longest"), [(2, 6), (6, 6), (9, 20)])
def test_lengths_stay_within_their_bounds(network, story, shortest, longest):
    config = BeamConfig(min_length=shortest, max_length=longest)
    found = search(network, story, config)
    lengths = found.lengths[found.lengths > 0]
    assert len(lengths)
    assert lengths.min() >= shortest
    assert lengths.max() <= longest
    ends = np.take_along_axis(found.ids, np.maximum(found.lengths - 1, 0)[..., None], -1)[..., 0]
    assert (ends[found.lengths > 0] == EOS_ID).all()


def ngrams(tokens, order):
    return [tuple(tokens[i : i + order]) for i in range(len(tokens) - order + 1)]


def test_no_ngram_is_repeated_from_the_candidate_or_the_context(network, story):
    config = BeamConfig(
        no_repeat_ngram_size=2, story_no_repeat_ngram_size=3, min_length=4, max_length=12
    )
    found = search(network, story, config)
    for row in range(2):
        context = [list(sentence[:-1]) for sentence in story[0].numpy()[row, -5:]]
        old = {gram for sentence in context for gram in ngrams(sentence, 3)}
        old -= {(CONTINUING,) * 3}
        assert sentences(found, row)
        for sentence in sentences(found, row):
            assert len(set(ngrams(sentence, 2))) == len(ngrams(sentence, 2))
            assert not old & set(ngrams(sentence, 3))


def test_groups_begin_differently_when_that_costs_enough(network, story):
    config = BeamConfig(groups=4, beams=1, finished=1, diversity_penalty=100.0, max_length=8)
    found = search(network, story, config)
    assert len({sentence[0] for sentence in sentences(found)}) == 4


def test_bigrams_of_other_groups_cost(network, story):
    def shared(penalty):
        config = dataclasses.replace(
            FREE,
            groups=4,
            beams=1,
            finished=1,
            shared_bigram_penalty=penalty,
            min_length=8,
            max_length=8,
        )
        found = search(network, story, config)
        grams = [gram for row in range(2) for s in sentences(found, row) for gram in ngrams(s, 2)]
        return len(grams) - len(set(grams))

    assert shared(50.0) < shared(0.0)


def test_bigrams_of_the_story_cost(network, story):
    story_grams = [
        {gram for sentence in story[0].numpy()[row, -5:] for gram in ngrams(list(sentence[:-1]), 2)}
        for row in range(2)
    ]

    def repeated(penalty):
        config = dataclasses.replace(
            FREE, beams=4, finished=1, story_bigram_penalty=penalty, min_length=8, max_length=8
        )
        found = search(network, story, config)
        return sum(
            gram in story_grams[row] for row in range(2) for s in sentences(found, row)
            for gram in ngrams(s, 2)
        )  # fmt: skip

    assert repeated(50.0) < repeated(0.0)


@settings(max_examples=30)
@given(
    st.integers(1, 12), st.integers(0, 2**31), st.sampled_from([64, 640, 1000, 1024]), st.booleans()
)
def test_the_likeliest_in_two_stages_are_the_likeliest(count, seed, vocabulary, all_allowed):
    scores = np.random.default_rng(seed).normal(size=(2, 3, vocabulary)).astype(np.float32)
    allowed = np.zeros(vocabulary, np.float32)
    if not all_allowed:
        allowed[: vocabulary // 3] = -1e9
        scores[..., : vocabulary // 3] += 1.0
    given_ = None if all_allowed else allowed
    values, places = constraints.top_k(tf.constant(scores), count, given_)
    expected, where = tf.math.top_k(scores + allowed, count)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(places, where)
