"""Ten candidates are selected that differ, are new and usable."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.decoding.selection import CANDIDATES, MAX_OVERLAP, Pool, bigram_jaccard, select
from trainer.decoding.text.copies import HASH_BUCKETS, CopyFilter


def pool(letters, seen_before=(), unusable=()):
    count = len(letters)
    return Pool(
        tf.zeros([1, count, 3], tf.int32),
        tf.ones([1, count], tf.int32),
        tf.zeros([1, count]),
        tf.constant([letters]),
        tf.constant([letters]),
        tf.constant([[place in unusable for place in range(count)]]),
        tf.constant([[place in seen_before for place in range(count)]]),
    )


def bigrams(text):
    return {text[i : i + 2] for i in range(len(text) - 1)}


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="가나다라마바사", max_size=12), min_size=10, max_size=24))
def test_bigram_overlap_is_the_jaccard_index(texts):
    found = bigram_jaccard(tf.constant([texts]))[0].numpy()
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
def test_a_flawed_one_is_selected_only_if_nothing_better_is_left(texts, seen_before, unusable):
    places, flaws = select(pool(texts, seen_before, unusable))
    places, flaws = places[0].numpy().tolist(), flaws[0].numpy().tolist()
    assert len(set(places)) == CANDIDATES
    for count, (place, flaw) in enumerate(zip(places, flaws, strict=True)):
        before = [texts[p] for p in places[:count]]

        def flaws_of(other, before=before):
            similar = any(
                len(bigrams(texts[other]) & bigrams(b))
                / max(1, len(bigrams(texts[other]) | bigrams(b)))
                > MAX_OVERLAP
                for b in before
            )
            return (
                4 * (other in unusable or texts[other] in before)
                + 2 * (other in seen_before)
                + similar
            )

        assert flaw == flaws_of(place)
        left = set(range(len(texts))) - set(places[: count + 1])
        assert all(flaws_of(other) >= flaw for other in left)
        assert all(flaws_of(other) > flaw for other in left if other < place)


def test_the_copy_filter_knows_its_sentences_but_no_short_ones():
    sentences = [f"{number}번째로적어둔긴문장하나" for number in range(2000)]
    short = ["짧은말", "일곱글자까지만"]
    prints = tf.strings.to_hash_bucket_fast(sentences + short, HASH_BUCKETS)
    known = CopyFilter(np.unique(prints.numpy().astype(np.int32)))
    assert known(tf.constant([sentences])).numpy().all()
    assert not known(tf.constant(short)).numpy().any()
    others = [f"{number}번째로아무데도없는긴문장" for number in range(20_000)]
    assert known(tf.constant(others)).numpy().sum() <= 3
    assert not CopyFilter()(tf.constant(sentences)).numpy().any()
