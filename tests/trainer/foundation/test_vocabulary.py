"""The cut vocabulary: the same pieces wherever the full one's were kept, and nothing is lost."""

import functools

import pytest
import sentencepiece
import tensorflow_text as tf_text
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline.records import BOS_ID, EOS_ID, PAD_ID, SPECIAL_PIECES, UNK_ID
from pipeline.vocabulary import pretrained
from tests.conftest import SAMPLE
from tests.trainer.foundation import tiny_gemma
from trainer.foundation.vocabulary import cut, joined

WORDS = sorted({word for path in SAMPLE.glob("*.txt") for word in path.read_text("utf-8").split()})


@functools.cache
def full_model():
    return tiny_gemma.tokenizer()


@functools.cache
def processors(hanja=False):
    """The full one, with a space before the text as the cut one has, and the cut one."""
    model = model_pb2.ModelProto.FromString(full_model().SerializeToString())
    model.normalizer_spec.add_dummy_prefix = True
    found = cut(full_model(), hanja)
    load = sentencepiece.SentencePieceProcessor
    return load(model_proto=model.SerializeToString()), load(model_proto=found.model), found


def kept_pieces(found):
    return {full_model().pieces[number].piece for number in found.ids}


@pytest.mark.parametrize("hanja", [False, True])
def test_words_break_as_before_where_their_pieces_were_kept(hanja):
    full, small, found = processors(hanja)
    kept = kept_pieces(found)
    words = WORDS + tiny_gemma.EXTRA
    same = [word for word in words if set(full.encode(word, out_type=str)) <= kept]
    assert len(same) > 0.99 * len(words)
    for word in same:
        assert small.encode(word, out_type=str) == full.encode(word, out_type=str)


def test_what_korean_prose_does_not_need_is_left_out():
    _, _, found = processors()
    kept = kept_pieces(found)
    assert {"▁그", "다", "123"[0], "“", "a"} <= kept
    assert not {"漢字", "おはよう", "===", "漢"} & kept
    assert {"漢", "字"} <= kept_pieces(processors(hanja=True)[2])


def test_ids_begin_as_the_pipelines_own_models_do(tmp_path):
    _, small, found = processors()
    assert (
        small.pad_id(), small.unk_id(), small.bos_id(), small.eos_id()
    ) == (PAD_ID, UNK_ID, BOS_ID, EOS_ID)  # fmt: skip
    assert [small.id_to_piece(number) for number in range(4)] == list(SPECIAL_PIECES)
    assert all(small.is_byte(number) for number in range(4, 260))
    old = [full_model().pieces[number].piece for number in found.ids[:4]]
    assert old == ["<pad>", "<unk>", "<s>", "\n\n"]
    path = tmp_path / "tokenizer.model"
    path.write_bytes(found.model)
    assert pretrained.load(str(path)).size == len(found.ids)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁"), max_size=40))
def test_no_text_is_lost_and_the_graph_gives_the_same_ids(text):
    _, small, _found = processors()
    ids = small.encode(text)
    assert small.unk_id() not in ids
    assert small.decode(ids) == text
    assert in_graph().tokenize([text])[0].numpy().tolist() == ids


@functools.cache
def in_graph():
    return tf_text.SentencepieceTokenizer(processors()[2].model)


def test_pieces_that_bpe_joins_on_the_way():
    scores = {"a": -9, "b": -9, "c": -9, "ab": -2, "bc": -1, "abc": -3, "x": -9}
    assert joined("abc", scores) == ["a", "b", "c", "bc", "abc"]
    assert joined("ax", scores) == ["a", "x"]


def test_other_kinds_of_models_are_refused():
    model = model_pb2.ModelProto.FromString(full_model().SerializeToString())
    model.trainer_spec.model_type = model_pb2.TrainerSpec.UNIGRAM
    with pytest.raises(ValueError, match="not a BPE"):
        cut(model)
    model = model_pb2.ModelProto.FromString(full_model().SerializeToString())
    del model.pieces[10]
    with pytest.raises(ValueError, match="255 byte pieces"):
        cut(model)
