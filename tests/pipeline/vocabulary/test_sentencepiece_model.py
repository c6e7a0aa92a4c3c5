from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from pipeline import records
from pipeline.reading.normalization import normalize
from pipeline.vocabulary import eojeol_counts, learning, sentencepiece_model, soynlp_segmenter
from tests.conftest import CORPUS

korean = st.text("가나다 할머니는 편지를 읽었다.▁_<s></s><0x41>\u200d😀漢e\u0301", max_size=30)


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    """The normalised lines of all shared novels."""
    folder = CORPUS / "novels"
    if not folder.is_dir():
        pytest.skip(f"needs real novels in {folder}")
    texts = (file.read_text("utf-8") for file in sorted(folder.glob("*.txt")))
    return [normalize(line) for text in texts for line in text.splitlines()]


@pytest.fixture(scope="module")
def corpus_model(corpus: list[str]) -> bytes:
    """A vocabulary learned from a twentieth of the shared novels."""
    eojeols: Counter[str] = Counter()
    for line in corpus[::20]:
        eojeols.update(eojeol_counts.count_eojeols(line))
    return learning.learn(eojeols, 4000, soynlp_segmenter.segment_words(eojeols)).model


def test_nothing_is_lost_of_the_shared_novels(corpus: list[str], corpus_model: bytes) -> None:
    tokenizer = sentencepiece_model.load(corpus_model)
    encoded = tokenizer.encode(corpus)
    assert tokenizer.decode(encoded) == corpus
    assert min(map(min, filter(None, encoded))) >= len(records.SPECIAL_PIECES)


def test_tensorflow_text_agrees_on_the_shared_novels(
    corpus: list[str], corpus_model: bytes
) -> None:
    tf_text = pytest.importorskip("tensorflow_text")
    sample = corpus[::50]
    ids = tf_text.SentencepieceTokenizer(corpus_model).tokenize(sample)
    assert ids.to_list() == sentencepiece_model.load(corpus_model).encode(sample)


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
@settings(max_examples=1000)
def test_nothing_is_lost(tokenizer: SentencePieceProcessor, text: str) -> None:
    line = normalize(text)
    ids = tokenizer.encode(line)
    assert tokenizer.decode(ids) == line
    assert not set(ids) & set(range(4))


def test_tensorflow_text_agrees(model: bytes, tokenizer: SentencePieceProcessor) -> None:
    tf_text = pytest.importorskip("tensorflow_text")
    graph = tf_text.SentencepieceTokenizer(model)

    @given(st.lists(st.text() | korean, min_size=1, max_size=8))
    @settings(max_examples=200)
    def check(texts: list[str]) -> None:
        lines = [normalize(text) for text in texts]
        ids = graph.tokenize(lines)
        assert ids.to_list() == tokenizer.encode(lines)
        assert [line.decode() for line in graph.detokenize(ids).numpy()] == lines

    check()
