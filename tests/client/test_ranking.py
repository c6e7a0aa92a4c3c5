import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.prediction import Candidate
from client.ranking import SHOWN, Reason, bigrams, cosine, jaccard, key, rank
from tests.client.conftest import OPENING, sentences, vector

WORDS = st.sampled_from(["바다", "하늘은", "갔다", "왔다", "등불", "A", "a", "…", "!", " ", "🙂"])
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


def candidate(text, log_prob=-10.0, token_count=10, embedding=None):
    return Candidate(text, log_prob, token_count, embedding or tuple(vector(text)))


@given(POOLS, st.lists(SENTENCES, max_size=8), st.lists(VECTORS, max_size=5))
@settings(deadline=None)
def test_never_copies_duplicates_or_more_than_ten(pool, story, context):
    ranked = rank(pool, story, context)
    keys = [key(r.candidate.text) for r in ranked]
    assert len(ranked) <= SHOWN
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {key(sentence) for sentence in story}
    assert all(keys)
    for r in ranked:
        assert r.candidate in pool
        assert math.isfinite(r.relevance)
        assert r.reasons


@given(POOLS, st.lists(SENTENCES, max_size=8), st.lists(VECTORS, max_size=5), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_candidates_does_not_matter(pool, story, context, chance):
    shuffled = list(pool)
    chance.shuffle(shuffled)
    first, second = rank(pool, story, context), rank(shuffled, story, context)
    assert repr(first) == repr(second)


@given(POOLS, st.lists(SENTENCES, max_size=3))
@settings(deadline=None)
def test_shows_all_that_is_usable_up_to_ten(pool, story):
    known = {key(sentence) for sentence in story}
    usable = {
        key(c.text)
        for c in pool
        if c.token_count > 0
        and math.isfinite(c.log_prob)
        and not math.isnan(c.embedding[0])
        and "\ufffd" not in c.text
    }
    assert len(rank(pool, story, [])) == min(SHOWN, len(usable - known - {""}))


def test_rejected_sentences_do_not_come_back():
    pool = [candidate(text) for text in sentences(1)]
    rejected = [pool[0].text, "  " + pool[1].text.replace(".", "!")]
    shown = {r.candidate.text for r in rank(pool, OPENING, [], rejected)}
    assert shown == {c.text for c in pool[2:]}


def test_likelier_is_better_other_things_being_equal():
    texts = sentences(2)
    same = tuple(vector("x"))
    pool = [candidate(text, -5.0 - i, 10, same) for i, text in enumerate(texts)]
    ranked = rank(pool, [], [same])
    assert ranked[0].candidate.text == texts[0]
    assert ranked[0].reasons[0] is Reason.NATURAL


def test_likelihood_is_a_token_not_a_sentence():
    long = candidate("아주 길지만 한 낱말 한 낱말이 그럴듯한 문장이었다.", -20, 20)
    short = candidate("짧다.", -8, 2)
    pool = [long._replace(embedding=(1.0,)), short._replace(embedding=(1.0,))]
    assert rank(pool, [], [])[0].candidate.text == long.text


def test_fitting_the_context_is_better_other_things_being_equal():
    texts = sentences(3)
    pool = [candidate(t, embedding=(math.cos(i / 4), math.sin(i / 4))) for i, t in enumerate(texts)]
    ranked = rank(pool, [], [(1.0, 0.0)])
    assert ranked[0].candidate.text == texts[0]
    assert ranked[0].reasons[0] is Reason.FITTING


def test_the_nearly_same_as_before_comes_last():
    near = OPENING[3].replace("등불", "촛불")
    pool = [candidate(t, embedding=(1.0,)) for t in [*sentences(4)[:5], near]]
    overlaps = [jaccard(bigrams(near), bigrams(s)) for s in OPENING]
    assert max(overlaps) > 0.5
    worst = min(rank(pool, OPENING, []), key=lambda r: r.relevance)
    assert worst.candidate.text == near
    assert Reason.NEW not in worst.reasons


def test_variety_separates_the_nearly_alike():
    alike = ["갈매기가 부두 끝에서 울었다.", "갈매기가 부두 끝에서 울었지."]
    other = "노인은 말없이 그물을 걷었다."
    scores = {alike[0]: -1.0, alike[1]: -1.01, other: -1.2}
    pool = [candidate(t, s * 10, 10, (1.0,)) for t, s in scores.items()]
    pool.append(candidate("끝", -60.0, 10, (1.0,)))
    assert [r.candidate.text for r in rank(pool, [], [])][:2] == [alike[0], other]


def test_likeness_measures():
    assert key("  “그래, 가자!” ") == key("그래 가자")
    assert jaccard(bigrams("가나다"), bigrams("가나라")) == 1 / 3
    assert jaccard(bigrams(""), bigrams("")) == 0
    assert cosine((1.0, 0.0), (1.0, 1.0)) == pytest.approx(math.sqrt(0.5))
    assert cosine((0.0, 0.0), (1.0, 1.0)) == 0
    assert cosine((1.0,), (1.0, 1.0)) == 0


def test_ranks_a_full_pool_quickly():
    draw = random.Random(0)
    pool = [
        candidate(t, embedding=tuple(draw.gauss(0, 1) for _ in range(512)))
        for seed in range(2)
        for t in sentences(seed)
    ]
    assert len(rank(pool, OPENING * 400, [pool[0].embedding] * 5)) == SHOWN
