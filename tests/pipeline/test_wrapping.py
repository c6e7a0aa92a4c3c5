from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from pipeline.normalization import normalize
from pipeline.wrapping import wrap


def test_short_sentences_stay(tokenizer: SentencePieceProcessor) -> None:
    assert wrap("소년은 편지를 읽었다.", tokenizer, 20) == ["소년은 편지를 읽었다."]


def test_cuts_at_the_comma_near_the_middle(tokenizer: SentencePieceProcessor) -> None:
    sentence = "소년은 바닷가에서 편지를 읽었고, 할머니는 오래된 골목에서 등불을 켜고 기다렸습니다."
    most = len(tokenizer.encode(sentence)) - 1
    assert wrap(sentence, tokenizer, most) == [
        "소년은 바닷가에서 편지를 읽었고,",
        "할머니는 오래된 골목에서 등불을 켜고 기다렸습니다.",
    ]


def test_a_line_without_spaces(tokenizer: SentencePieceProcessor) -> None:
    line = "소년은😀" * 2000
    parts = wrap(line, tokenizer, 64)
    assert "".join(parts) == line
    assert max(len(tokenizer.encode(part)) for part in parts) <= 64
    assert min(len(part) for part in parts) > 8


def test_emoji_families_stay_together(tokenizer: SentencePieceProcessor) -> None:
    family = "👨\u200d👩\u200d👧"
    parts = wrap(family * 9, tokenizer, 40)
    assert len(parts) > 1
    assert all(part == family * (len(part) // len(family)) for part in parts)


@given(st.text(max_size=60) | st.text(alphabet="가, 나e\u0301😀", max_size=60))
@settings(max_examples=200, deadline=None)
def test_parts_are_short_and_complete(tokenizer: SentencePieceProcessor, text: str) -> None:
    sentence = normalize(text)
    parts = wrap(sentence, tokenizer, 6)
    assert "".join(parts).replace(" ", "") == sentence.replace(" ", "")
    for part in parts:
        assert len(part) <= 1 or len(tokenizer.encode(part)) <= 6
