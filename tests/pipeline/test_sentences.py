import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.normalization import normalize
from pipeline.sentences import LONGEST_BLOCK, split_sentences
from tests.pipeline.stories import story


def test_splits_narration_and_speech() -> None:
    text = "문을 열었다. 그러자 “누구세요? 들어오세요.” 하고 누군가 말했다. 밤이었다."
    assert split_sentences([text]) == [
        "문을 열었다.",
        "그러자 “누구세요? 들어오세요.” 하고 누군가 말했다.",
        "밤이었다.",
    ]


def test_no_sentence_crosses_a_paragraph() -> None:
    assert split_sentences(["그는 천천히", "걸었다."]) == ["그는 천천히", "걸었다."]
    assert split_sentences([]) == []


words = st.sampled_from(
    [
        "그는",
        "갔다.",
        "좋아요!",
        '"아니.',
        '안 가."',
        "😀👨\u200d👩",
        "漢字",
        "Mr. Kim",
        "…",
        "3.14",
    ]
)


@given(st.lists(st.lists(words | st.text(max_size=5), max_size=12).map(" ".join), max_size=3))
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost(paragraphs: list[str]) -> None:
    paragraphs = list(filter(None, map(normalize, paragraphs)))
    sentences = split_sentences(paragraphs)
    assert "".join(sentences).replace(" ", "") == "".join(paragraphs).replace(" ", "")
    assert all(sentence and sentence == sentence.strip(" ") for sentence in sentences)


@pytest.mark.parametrize(
    "line",
    [
        " ".join(story(1, sentences=600).split()),
        "가나다라마" * (LONGEST_BLOCK // 2),
        "그는 밥을 먹고 " * (LONGEST_BLOCK // 4),
    ],
    ids=["novel in one line", "no space", "no end"],
)
def test_very_long_lines(line: str) -> None:
    sentences = split_sentences([line.strip()])
    assert len(sentences) > 1
    assert "".join(sentences).replace(" ", "") == re.sub(" ", "", line)


def test_cutting_a_long_line_does_not_cut_sentences() -> None:
    text = story(2, sentences=300)
    paragraphs = text.split("\n\n")
    assert split_sentences([" ".join(text.split())]) == split_sentences(
        [" ".join(paragraph.split()) for paragraph in paragraphs]
    )
