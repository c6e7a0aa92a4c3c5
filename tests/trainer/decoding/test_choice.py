"""Ten are chosen that differ, are new, and answer what was asked."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.decoding.candidates import CANDIDATES, OVERLAP, Pool, choose, likeness
from trainer.decoding.text.copies import SPACE, CopyFilter


def pool(letters, old=(), unusable=()):
    count = len(letters)
    return Pool(
        tf.zeros([1, count, 3], tf.int32),
        tf.ones([1, count], tf.int32),
        tf.zeros([1, count]),
        tf.constant([letters]),
        tf.constant([letters]),
        tf.constant([[place in unusable for place in range(count)]]),
        tf.constant([[place in old for place in range(count)]]),
    )


def bigrams(text):
    return {text[i : i + 2] for i in range(len(text) - 1)}


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="가나다라마바사", max_size=12), min_size=10, max_size=24))
def test_likeness_is_the_jaccard_coefficient_of_bigrams(texts):
    found = likeness(tf.constant([texts]))[0].numpy()
    for row, left in enumerate(texts):
        for column, right in enumerate(texts):
            a, b = bigrams(left), bigrams(right)
            assert abs(found[row, column] - (len(a & b) / len(a | b) if a | b else 0)) < 1e-5


@settings(max_examples=100)
@given(
    st.lists(st.text(alphabet="가나다라마", min_size=1, max_size=8), min_size=10, max_size=24),
    st.sets(st.integers(0, 23)),
    st.sets(st.integers(0, 23)),
)
def test_what_is_wrong_is_taken_only_where_nothing_better_is_left(texts, old, unusable):
    places, flaws = choose(pool(texts, old, unusable))
    places, flaws = places[0].numpy().tolist(), flaws[0].numpy().tolist()
    assert len(set(places)) == CANDIDATES
    for turn, (place, flaw) in enumerate(zip(places, flaws, strict=True)):
        before = [texts[p] for p in places[:turn]]

        def wrong(other, before=before):
            like = any(
                len(bigrams(texts[other]) & bigrams(b))
                / max(1, len(bigrams(texts[other]) | bigrams(b)))
                > OVERLAP
                for b in before
            )
            return 4 * (other in unusable or texts[other] in before) + 2 * (other in old) + like

        assert flaw == wrong(place)
        left = set(range(len(texts))) - set(places[: turn + 1])
        assert all(wrong(other) >= flaw for other in left)
        assert all(wrong(other) > flaw for other in left if other < place)


def test_the_filter_knows_its_sentences_and_no_short_ones():
    sentences = [f"{number}번째로적어둔긴문장하나" for number in range(2000)]
    short = ["짧은말", "일곱글자까지만"]
    prints = tf.strings.to_hash_bucket_fast(sentences + short, SPACE)
    known = CopyFilter(np.unique(prints.numpy().astype(np.int32)))
    assert known(tf.constant([sentences])).numpy().all()
    assert not known(tf.constant(short)).numpy().any()
    others = [f"{number}번째로아무데도없는긴문장" for number in range(20_000)]
    assert known(tf.constant(others)).numpy().sum() <= 3
    assert not CopyFilter()(tf.constant(sentences)).numpy().any()
