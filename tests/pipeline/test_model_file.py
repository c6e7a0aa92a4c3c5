import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from pipeline import records
from pipeline.normalization import normalize

korean = st.text("가나다 할머니는 편지를 읽었다.▁_<s></s><0x41>\u200d😀漢e\u0301", max_size=30)


def test_ids_of_the_contract(tokenizer: SentencePieceProcessor) -> None:
    assert tuple(map(tokenizer.id_to_piece, range(4))) == records.SPECIAL_PIECES
    assert tokenizer.pad_id() == records.PAD_ID
    assert tokenizer.unk_id() == records.UNK_ID
    assert tokenizer.bos_id() == records.BOS_ID
    assert tokenizer.eos_id() == records.EOS_ID
    assert tokenizer.is_control(records.PAD_ID)
    for byte in range(256):
        assert tokenizer.id_to_piece(4 + byte) == f"<0x{byte:02X}>"
        assert tokenizer.is_byte(4 + byte)


@given(st.text() | korean)
@settings(max_examples=1000, deadline=None)
def test_nothing_is_lost(tokenizer: SentencePieceProcessor, text: str) -> None:
    line = normalize(text)
    ids = tokenizer.encode(line)
    assert tokenizer.decode(ids) == line
    assert not set(ids) & set(range(4))


def test_tensorflow_text_agrees(model: bytes, tokenizer: SentencePieceProcessor) -> None:
    tf_text = pytest.importorskip("tensorflow_text")
    graph = tf_text.SentencepieceTokenizer(model)

    @given(st.lists(st.text() | korean, min_size=1, max_size=8))
    @settings(max_examples=200, deadline=None)
    def check(texts: list[str]) -> None:
        lines = [normalize(text) for text in texts]
        ids = graph.tokenize(lines)
        assert ids.to_list() == tokenizer.encode(lines)
        assert [line.decode() for line in graph.detokenize(ids).numpy()] == lines

    check()
