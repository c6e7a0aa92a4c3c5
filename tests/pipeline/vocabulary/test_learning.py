from collections import Counter

import pytest
from sentencepiece import SentencePieceProcessor

from pipeline.errors import JobError
from pipeline.vocabulary import learning, sentencepiece_model, soynlp_segmenter
from pipeline.vocabulary.substrings import WORD_BOUNDARY

SIZE = 465  # of the model in conftest.py


def test_learned_pieces(tokenizer: SentencePieceProcessor, eojeols: Counter[str]) -> None:
    pieces = {tokenizer.id_to_piece(number) for number in range(tokenizer.get_piece_size())}
    assert tokenizer.get_piece_size() == SIZE
    assert {
        WORD_BOUNDARY,
        "!",
        "7",
        "~",
        *"".join(eojeols),
    } <= pieces  # every character has a piece
    assert WORD_BOUNDARY + "할머니" in pieces or WORD_BOUNDARY + "할머니는" in pieces
    scores = [tokenizer.get_score(number) for number in range(sentencepiece_model.RESERVED, SIZE)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] < 0
    text = "할머니는 오래된 골목에서 편지를 읽었다."
    assert len(text) / len(tokenizer.encode(text)) > 2


def test_same_counts_same_model(eojeols: Counter[str], model: bytes) -> None:
    backwards = Counter(dict(reversed(list(eojeols.items()))))
    assert learning.learn(backwards, SIZE, soynlp_segmenter.segment_words(backwards)).model == model


def test_fewer_pieces_if_the_text_has_no_more(eojeols: Counter[str]) -> None:
    learned = learning.learn(eojeols, 8000, soynlp_segmenter.segment_words(eojeols))
    assert SIZE < learned.size < 8000
    assert learned.size == sentencepiece_model.load(learned.model).get_piece_size()


def test_says_how_many_pieces_the_characters_need(eojeols: Counter[str]) -> None:
    with pytest.raises(JobError, match=r"too small.* or more") as caught:
        learning.learn(eojeols, 300, soynlp_segmenter.segment_words(eojeols))
    needed = int(str(caught.value).split()[-3])
    assert learning.learn(eojeols, needed, soynlp_segmenter.segment_words(eojeols)).size == needed
    with pytest.raises(JobError):
        learning.learn(eojeols, needed - 1, soynlp_segmenter.segment_words(eojeols))


def test_rare_and_strange_characters_do_not_stop_learning() -> None:
    strange = Counter({"가나다": 5, "龘" * 40: 1, "😀👨\u200d👩": 1, "\U0010fffd": 1, "a" * 300: 1})
    learned = learning.learn(strange, 400, soynlp_segmenter.segment_words(strange))
    tokenizer = sentencepiece_model.load(learned.model)
    assert tokenizer.decode(tokenizer.encode("가나다 龘😀")) == "가나다 龘😀"
