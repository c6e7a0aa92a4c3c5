import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from pipeline.reading.normalization import normalize
from pipeline.sentences import quotations
from pipeline.sentences.long_sentences import split_long


def test_short_sentences_stay(tokenizer: SentencePieceProcessor) -> None:
    assert split_long("소년은 편지를 읽었다.", tokenizer, 20) == ["소년은 편지를 읽었다."]


@pytest.mark.parametrize(
    "parts",
    [
        ["소년은 바닷가에서 편지를 읽었고,", "할머니는 오래된 골목에서 등불을 켜고 기다렸습니다."],
        ["할머니는 오래된 골목에서 등불을 켜고", "소년은 바닷가에서 조용히 편지를 읽었다."],
        ["소년이 바닷가에서 오래 기다렸지만", "우체부는 끝내 골목에 나타나지 않았다."],
        ["비가 몹시 내리는 오래된 골목에서", "누나를 기다리던 소년의 우산이었다."],
    ],
    ids=["comma", "고", "지만", "space"],
)
def test_cuts_where_a_clause_ends(tokenizer: SentencePieceProcessor, parts: list[str]) -> None:
    sentence = " ".join(parts)
    assert split_long(sentence, tokenizer, len(tokenizer.encode(sentence)) - 1) == parts


def test_a_short_quotation_is_not_cut(tokenizer: SentencePieceProcessor) -> None:
    sentence = "할머니는 조용히 “얘야, 밤이 오면, 등불을 켜고, 기다려라” 소년에게 일렀다."
    parts = split_long(sentence, tokenizer, len(tokenizer.encode(sentence)) - 1)
    assert len(parts) == 2
    assert [quotations.match(part)[1] for part in parts] == [[], []]


def test_a_long_quotation_is_cut_too(tokenizer: SentencePieceProcessor) -> None:
    speech = "“" + "소년은 바닷가에서 편지를 읽었고, " * 20 + "밤이 되었다.”"
    parts = split_long(speech, tokenizer, 60)
    assert " ".join(parts) == speech
    assert all(part.endswith("읽었고,") for part in parts[:-1])


def test_a_line_without_spaces(tokenizer: SentencePieceProcessor) -> None:
    line = "소년은😀" * 2000
    parts = split_long(line, tokenizer, 64)
    assert "".join(parts) == line
    assert max(len(tokenizer.encode(part)) for part in parts) <= 64
    assert min(len(part) for part in parts) > 8


def test_emoji_families_stay_together(tokenizer: SentencePieceProcessor) -> None:
    family = "👨\u200d👩\u200d👧"
    parts = split_long(family * 9, tokenizer, 40)
    assert len(parts) > 1
    assert all(part == family * (len(part) // len(family)) for part in parts)


@given(st.text(max_size=60) | st.text(alphabet="가, 나고“”'e\u0301😀", max_size=60))
@settings(max_examples=200)
def test_parts_are_short_and_complete(tokenizer: SentencePieceProcessor, text: str) -> None:
    sentence = normalize(text)
    parts = split_long(sentence, tokenizer, 6)
    assert "".join(parts).replace(" ", "") == re.sub(" ", "", sentence)
    for part in parts:
        assert len(part) <= 1 or len(tokenizer.encode(part)) <= 6
