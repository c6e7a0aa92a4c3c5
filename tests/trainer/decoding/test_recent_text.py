"""Phrases of the story must not be repeated, but names and endings may."""

from types import SimpleNamespace

import tensorflow as tf

from pipeline.records import EOS_ID, SPECIAL_PIECES
from trainer.decoding.recent_text import RecentText

PIECES = [*SPECIAL_PIECES, "▁라", "스", "콜", "리", "는", "▁문", "을", "▁“", "아", ",", "▁"]
NUMBER = {piece: number for number, piece in enumerate(PIECES)}


def recent(*sentences):
    ids = [[NUMBER[piece] for piece in sentence.split()] for sentence in sentences]
    row = [number for sentence in ids for number in [*sentence, EOS_ID]]
    return RecentText.from_ids(tf.constant([row]), SimpleNamespace(surfaces=PIECES))


def ends(kind, order, story):
    """The pieces at which whole n-grams of a kind end."""
    ids = story.ids[0].numpy()
    found = getattr(story, kind)(order)[0].numpy()
    return [
        PIECES[ids[last]]
        for last in range(order - 1, len(ids))
        if found[last] and (ids[last - order + 1 : last + 1] > EOS_ID).all()
    ]


def test_a_name_of_many_pieces_is_not_a_phrase():
    for story in (recent("▁라 스 콜 리 는"), recent("▁ 스 콜 리 는")):
        assert ends("phrase_ngrams", 3, story) == []
        assert ends("word_ngrams", 3, story) == ["콜"]
        assert ends("word_ngrams", 2, story) == ["스"]


def test_an_ngram_of_two_words_is_a_phrase():
    story = recent("▁라 는 ▁문 을")
    assert ends("phrase_ngrams", 3, story) == ["▁문", "을"]
    assert ends("phrase_ngrams", 2, story) == ["▁문"]


def test_an_exclamation_is_a_phrase_and_an_ending_is_not():
    story = recent("▁“ 아 ,", "을 리 는")
    assert ends("phrase_ngrams", 3, story) == [","]
    assert ends("word_ngrams", 2, story) == ["아"]
