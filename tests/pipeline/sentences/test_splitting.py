import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.normalization import normalize
from pipeline.sentences.splitting import MAX_QUOTATION_LENGTH, split_at_marks, split_sentences
from tests.pipeline.stories import story


def test_splits_narration_and_speech() -> None:
    text = "문을 열었다. 그러자 “누구세요? 들어오세요.” 하고 누군가 말했다. 밤이었다."
    assert split_sentences([text]) == [
        "문을 열었다.",
        "그러자 “누구세요? 들어오세요.” 하고 누군가 말했다.",
        "밤이었다.",
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        # Speech and who spoke.
        ["“비가 온다. 뛰자!” 하며 민지가 웃었다.", "“그래.”", "소년은 고개를 끄덕였다."],
        ["“비가 온다.”라고 그가 말했다.", "하지만 아무도 뛰지 않았다."],
        ["‘정말 올까?’ 하는 생각이 들었다.", "하늘이 어두웠다."],
        ['"왜 그래? 어디 아파?" 물으며 누나가 다가왔다.', '"아니."', "나는 웃었다."],
        ["「들어오게. 춥지?」 한다.", "할머니였다."],
        ["“어서 가요!”", "“싫어. 여기 있을래.”", "한참 동안 둘은 말이 없었다."],
        # A quotation that is a word, and brackets.
        ["그는 '봄' 이라는 글자를 썼다.", "‘가을’ 과 함께."],
        ["종이 울렸다(세 번째였다. 분명히).", "아무도 오지 않았다."],
        # A mark that ends no sentence.
        ["그는… 아무 말도 못 했다.", "키는 1. 8 미터였다.", "Mr. Kim은 웃었다."],
        ["“이제 가야지……”", "그는 일어섰다."],
        ["문이 열렸다!", "……", "그리고 아무도 없었다."],
        # No mark at all: Kiwi.
        ["누나는 먼저 집으로 돌아갔다", "나는 혼자 바닷가로 걸어갔다."],
        ["내일 다시 올게요~", "우산은 여기 두고 갈게요."],
        ["물결이 높았다 낮았다 하였다."],
    ],
    ids=lambda sentences: sentences[0][:12],
)
def test_one_sentence_after_the_other(sentences: list[str]) -> None:
    whole = [sentence for sentence in sentences if sentence != "……"]
    found = split_sentences([" ".join(sentences)])
    assert [sentence.removeprefix("…… ").removesuffix(" ……") for sentence in found] == whole


def test_a_quotation_that_is_not_closed_does_not_swallow_the_paragraph() -> None:
    assert split_sentences(["“비가 온다. 뛰자. 그는 웃었다."]) == [
        "“비가 온다.",
        "뛰자.",
        "그는 웃었다.",
    ]
    assert split_sentences(['"비가 온다. 그는 "뛰자. 어서." 하고 말했다. 웃었다.']) == [
        '"비가 온다.',
        '그는 "뛰자. 어서." 하고 말했다.',
        "웃었다.",
    ]


def test_a_long_speech_is_cut_at_its_sentence_ends() -> None:
    inner = ["그날 우리는 등대까지 걸어갔다."] * (MAX_QUOTATION_LENGTH // 10)
    inner[3] = "그가 ‘가자. 어서.’ 하고 말했다."
    speech = "“" + " ".join(inner) + "” 하고 할머니는 말을 맺었다."
    found = split_sentences([speech])
    assert len(found) == len(inner)
    assert found[3] == inner[3]
    assert found[-1].endswith("걸어갔다.” 하고 할머니는 말을 맺었다.")


def test_no_sentence_crosses_a_paragraph() -> None:
    assert split_sentences(["그는 천천히", "걸었다."]) == ["그는 천천히", "걸었다."]
    assert split_sentences([]) == []


SPEECH = ["하고", '"아니.', '안 가."', "“왜?", "가…”", "(응.", "그래)", "'", "달았다.‘응!’", "라고"]
OTHERS = ["그는", "갔다.", "갔다", "좋아요!", "😀👨\u200d👩", "漢字", "Mr. Kim", "…", "3.14", "──"]
words = st.sampled_from(SPEECH + OTHERS)


@given(st.lists(st.lists(words | st.text(max_size=5), max_size=12).map(" ".join), max_size=3))
@settings(max_examples=100)
def test_nothing_is_lost(paragraphs: list[str]) -> None:
    paragraphs = list(filter(None, map(normalize, paragraphs)))
    for split in (split_sentences, lambda lines: [s for it in lines for s in split_at_marks(it)]):
        sentences = split(paragraphs)
        assert "".join(sentences).replace(" ", "") == "".join(paragraphs).replace(" ", "")
        assert all(sentence and sentence == sentence.strip(" ") for sentence in sentences)


@pytest.mark.parametrize(
    "line",
    [
        " ".join(story(1, sentences=600).split()),
        "가나다라마" * 20_000,
        "그는 밥을 먹었다 " * 3_000,
        "(“" * 20_000 + "." * 20_000 + " 가",
    ],
    ids=["novel in one line", "no space", "no mark", "marks"],
)
def test_very_long_lines(line: str) -> None:
    sentences = split_sentences([line.strip()])
    assert "".join(sentences).replace(" ", "") == re.sub(" ", "", line)


def test_cutting_a_long_line_does_not_cut_sentences() -> None:
    text = story(2, sentences=300)
    paragraphs = text.split("\n\n")
    assert split_sentences([" ".join(text.split())]) == split_sentences(
        [" ".join(paragraph.split()) for paragraph in paragraphs]
    )
