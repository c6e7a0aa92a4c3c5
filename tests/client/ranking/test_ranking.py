"""From candidates to the ten that are shown, in order, with reasons."""

import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.candidate import Candidate
from client.ranking import (
    BOLDEST,
    CANDIDATES_SHOWN,
    DEFAULT,
    SAFEST,
    RankingContext,
    Reason,
    Weights,
    bigrams,
    comparison_key,
    cosine,
    jaccard,
    rank,
    usable,
)
from client.ranking.mmr import maximal_marginal_relevance
from tests.client.conftest import OPENING, sentences, vector

WORDS = st.sampled_from(["바다", "하늘은", "갔다", "왔다.", "등불", "A", "a", "…", "!", " ", "🙂"])
SENTENCES = st.lists(WORDS, max_size=5).map(" ".join)
VECTORS = st.tuples(*[st.floats(-1, 1, width=32)] * 3)
CANDIDATES = st.builds(
    Candidate,
    st.one_of(SENTENCES, st.text(max_size=20)),
    st.floats(-200, 0, width=32) | st.sampled_from([-math.inf, math.nan]),
    st.integers(-1, 30),
    VECTORS | st.just((math.nan, 0.0, 0.0)) | st.just((1.0,)),
)
POOLS = st.lists(CANDIDATES, max_size=25)
SETTINGS = st.builds(
    RankingContext,
    st.lists(SENTENCES, max_size=8),
    st.lists(VECTORS, max_size=5),
    st.lists(SENTENCES, max_size=3),
    st.lists(SENTENCES, max_size=3),
)
DIALS = st.integers(SAFEST, BOLDEST)


def candidate(text, log_prob=-10.0, token_count=10, embedding=None):
    return Candidate(text, log_prob, token_count, embedding or tuple(vector(text)))


def texts(ranked):
    return [one.candidate.text for one in ranked]


@given(POOLS, SETTINGS, DIALS)
def test_never_copies_duplicates_or_more_than_ten(pool, setting, dial):
    ranked = rank(pool, setting, DEFAULT.with_dial(dial))
    keys = [comparison_key(text) for text in texts(ranked)]
    assert len(ranked) <= CANDIDATES_SHOWN
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {
        comparison_key(s) for s in (*setting.story, *setting.shown, *setting.unwanted)
    }
    assert all(keys)
    for one in ranked:
        assert one.candidate in pool
        assert math.isfinite(one.relevance)
        assert all(math.isfinite(value) for value in one.features.values())
        assert set(one.reasons) == set(Reason)
        assert all(0 <= share <= 1 for share in one.reasons.values())
        assert one.reasons[one.strongest] == max(one.reasons.values())


@given(POOLS, SETTINGS, st.randoms())
def test_the_order_of_the_candidates_does_not_matter(pool, setting, chance):
    shuffled = list(pool)
    chance.shuffle(shuffled)
    assert repr(rank(pool, setting)) == repr(rank(shuffled, setting))


@given(POOLS, SETTINGS)
def test_shows_all_that_is_usable_up_to_ten(pool, setting):
    assert len(rank(pool, setting)) == min(CANDIDATES_SHOWN, len(usable(pool, setting)))


def test_likelihood_is_a_token_not_a_sentence():
    long = candidate("아주 길지만 한 낱말 한 낱말이 그럴듯한 문장이었다.", -20, 20, (1.0,))
    short = candidate("짧다.", -8, 2, (1.0,))
    assert (
        texts(rank([long, short], RankingContext(), Weights({"likelihood": 1.0})))[0] == long.text
    )


@pytest.mark.parametrize("feature", ["information", "cohesion", "newness", "likelihood"])
def test_each_feature_of_the_default_moves_its_candidate_up(feature):
    """One stands out in one feature; all other things are equal."""
    plain = ["바람이 불었다.", "비가 내렸다.", "해가 저물었다.", "눈이 그쳤다."]
    story = ["은서는 열쇠를 주웠다.", "파도가 높았다."]
    best = "열쇠가 빛났다." if feature == "cohesion" else plain[0]
    pool = [candidate(text, embedding=(1.0,)) for text in {best, *plain}]
    alone = dict.fromkeys([c.text for c in pool], -12.0)
    if feature == "information":
        alone[best] = -30.0
    if feature == "newness":
        story = ["파도가 높았다.", "바람이 불지 않았다."]
    if feature == "likelihood":
        pool = [c._replace(log_prob=-8.0) if c.text == best else c for c in pool]
        alone[best] = -10.0  # the story adds as much as to the others
    ranked = rank(
        pool,
        RankingContext(story, unconditional=alone),
        Weights({feature: DEFAULT.by_feature[feature]}),
    )
    assert texts(ranked)[0] == best
    assert ranked[0].features[feature] > 1


def test_no_information_without_unconditional_probabilities():
    pool = [candidate(text) for text in sentences(1)]
    ranked = rank(pool, RankingContext(OPENING, unconditional={pool[0].text: -1.0}))
    assert {one.features["information"] for one in ranked} == {0.0}


def test_reasons_compare_with_the_other_candidates():
    pool = [
        candidate(text, -5.0 - i, 10, (math.cos(i / 4), math.sin(i / 4)))
        for i, text in enumerate(sentences(3))
    ]
    ranked = {
        one.candidate.text: one for one in rank(pool, RankingContext(recent_vectors=[(1.0, 0.0)]))
    }
    first, last = ranked[pool[0].text], ranked[pool[-1].text]
    for reason in (Reason.NATURAL, Reason.FITTING):
        assert first.reasons[reason] > 0.8
        assert last.reasons[reason] < 0.2
    assert {one.reasons[Reason.NEW] for one in ranked.values()} == {0.5}  # all new: no story


def test_the_dial_goes_from_the_likely_to_the_new():
    words = OPENING[3].split()
    pool = [candidate("누나는 등불을 말없이 바라보았다.", -10, 10, (1.0,))]
    pool += [candidate(f"누나는 {word} 기다렸다.", -12, 10, (1.0,)) for word in words[1:4]]
    pool += [candidate(text, -20 - i, 10, (1.0,)) for i, text in enumerate(sentences(5)[:6])]
    means = []
    for dial in range(SAFEST, BOLDEST + 1):
        top = rank(pool, RankingContext(OPENING), DEFAULT.with_dial(dial))[:3]
        means.append(
            (
                sum(one.features["likelihood"] for one in top),
                sum(one.features["novelty"] for one in top),
            )
        )
    assert means[0][0] > means[-1][0]
    assert means[0][1] < means[-1][1]
    assert DEFAULT.with_dial(0).by_feature == {
        **dict.fromkeys(DEFAULT.with_dial(0).by_feature, 0.0),
        **DEFAULT.by_feature,
    }
    assert all(0 <= DEFAULT.with_dial(dial).variety <= 1 for dial in range(SAFEST, BOLDEST + 1))


def test_variety_separates_the_nearly_alike():
    alike = ["갈매기가 부두 끝에서 울었다.", "갈매기가 부두 끝에서 울었지."]
    other = "노인은 말없이 그물을 걷었다."
    items = [
        (text, text, score) for text, score in [(alike[0], 1.0), (alike[1], 0.99), (other, 0.8)]
    ]
    items.append(("끝", "끝", -4.0))
    assert maximal_marginal_relevance(items, 2, 0.3) == [alike[0], other]
    assert maximal_marginal_relevance(items, 2, 0.0) == alike
    assert maximal_marginal_relevance(items, 1, 0.3, [alike[1]]) == [other]
    assert maximal_marginal_relevance([], 10, 0.3) == []


def test_something_different_is_unlike_what_was_rejected():
    rejected = ["갈매기가 부두 끝에서 울었다.", "노인은 말없이 그물을 걷었다."]
    near = "갈매기가 부두 끝에서 울었지."
    akin = "갈매기가 부두 위에서 돌았다."
    other = "멀리서 종소리가 들려왔다."
    last = "비가 왔다."
    scores = {near: -5.0, akin: -9.0, other: -11.0, last: -90.0}
    pool = [candidate(text, score) for text, score in scores.items()]
    weights = Weights({"likelihood": 1.0}, variety=0.3)
    assert texts(rank(pool, RankingContext(OPENING), weights))[0] == near
    assert texts(rank([*pool[1:]], RankingContext(OPENING), weights)) == [akin, other, last]
    assert texts(rank(pool, RankingContext(OPENING, unwanted=rejected), weights)) == [
        other,
        akin,
        last,
    ]


def test_likeness_measures():
    assert comparison_key("  “그래, 가자!” ") == comparison_key("그래 가자")
    assert jaccard(bigrams("가나다"), bigrams("가나라")) == 1 / 3
    assert jaccard(bigrams(""), bigrams("")) == 0
    assert cosine((1.0, 0.0), (1.0, 1.0)) == pytest.approx(math.sqrt(0.5))
    assert cosine((0.0, 0.0), (1.0, 1.0)) == 0
    assert cosine((1.0,), (1.0, 1.0)) == 0


def test_ranks_a_full_pool_in_a_moment():
    """What the client adds to a turn of a long story, in CPU time."""
    draw = random.Random(0)
    pool = [
        candidate(text, embedding=tuple(draw.gauss(0, 1) for _ in range(512)))
        for seed in range(2)
        for text in sentences(seed)
    ]
    story = [f"{number}번째 {text}" for number in range(200) for text in sentences(number + 10)]
    setting = RankingContext(story, [pool[0].embedding] * 5)
    rank(pool, setting)  # the story's sentences are looked at once
    begin = time.process_time()
    assert len(rank(pool, setting)) > CANDIDATES_SHOWN // 2
    assert time.process_time() - begin < 0.25
