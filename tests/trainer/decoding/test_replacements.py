"""Rules in the graph give the same result as applying them one after the other."""

import re

import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.normalization import replacements
from trainer.decoding.text.replacements import Replacements

LETTERS = "abcdxyz가나 .！…"
one_for_one = st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS))
any_rule = st.one_of(
    one_for_one,
    st.sampled_from([("a+", "b"), ("^b", ""), ("([가나])x", r"\1y"), ("c", "dd"), ("d$", "가")]),
)


def one_after_the_other(chosen, text):
    for pattern, replacement in chosen:
        # A pattern of one character may still be syntax ("." means any).
        text = re.sub(pattern, replacement, text)
    return text


@given(
    st.lists(any_rule, max_size=12),
    st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=4),
)
@settings(max_examples=150)
def test_rules_apply_in_order(chosen, texts):
    found = Replacements(chosen)(tf.constant(texts)).numpy()
    assert [text.decode() for text in found] == [one_after_the_other(chosen, t) for t in texts]


def test_the_pipelines_rules_become_few_steps():
    chosen = replacements(drop_hanja=False)
    assert len(Replacements(chosen).steps) < len(chosen) / 2


def test_text_may_have_any_shape():
    replace = Replacements([("a", "b"), ("x", "y"), ("y+", "z")])
    assert replace(tf.constant([["ax"], ["가"]])).numpy().tolist() == [
        [b"bz"],
        ["가".encode()],
    ]
    assert replace(tf.zeros([0, 3], tf.string)).shape == (0, 3)
