"""The baselines get all of the text, once, and do not see ahead."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines import pairs, stream
from pipeline.records import EOS_ID, PAD_ID

WORKS = st.lists(
    st.lists(st.lists(st.integers(4, 90), min_size=1, max_size=12), min_size=1, max_size=9),
    min_size=1,
    max_size=4,
)


@given(st.lists(st.integers(2, 70), min_size=1, max_size=5), st.sampled_from([2, 8, 16]))
def test_sliding_windows_score_every_token_once_after_half_a_window(lengths, window):
    works = [np.arange(length, dtype=np.int32) + 100 * n for n, length in enumerate(lengths)]
    scored = []
    for cut in stream.sliding(works, window):
        inputs, targets, counts = cut["inputs"], cut["targets"], cut["scored"]
        assert inputs.shape == targets.shape == counts.shape == (window,)
        assert (inputs[counts] + 1 == targets[counts]).all()
        places = np.flatnonzero(counts)
        begins_a_work = inputs[0] % 100 == 0
        assert begins_a_work or places[0] == window // 2
        scored += targets[counts].tolist()
    assert scored == [token for work in works for token in work[1:].tolist()]


@given(WORKS, st.sampled_from(["sorted", "unsorted"]), st.integers(1, 40))
def test_pairs_are_every_sentence_after_the_five_before_it(tmp_path_factory, works, kind, tokens):
    path = tmp_path_factory.mktemp("pairs") / "sentences.npz"
    pairs.save(works, path)
    expected = []
    for work in works:
        closed = [[*sentence, EOS_ID] for sentence in work]
        for number, sentence in enumerate(closed):
            before = closed[max(0, number - pairs.CONTEXT_SENTENCES) : number]
            expected.append(([*(t for s in before for t in s), EOS_ID], sentence))
    found = []
    batches = pairs.batches(path, kind, tokens)
    while len(found) < len(expected):
        batch = next(batches)
        assert batch.useful <= tokens or len(batch.target) == 1
        assert (batch.inputs[:, 0] == pairs.BOS_ID).all()
        for source, target in zip(batch.source, batch.target, strict=True):
            found.append((source[source != PAD_ID].tolist(), target[target != PAD_ID].tolist()))
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("length", [40, 160])
def test_targets_of_one_length_have_no_padding(tmp_path, length):
    pairs.save([[[5 + n % 80] * 7 for n in range(100)]], tmp_path / "sentences.npz")
    batch = next(pairs.batches(tmp_path / "sentences.npz", str(length), 512))
    assert batch.source.shape == (512 // length, pairs.SOURCE)
    assert batch.useful == 512 // length * length
    assert (batch.inputs[:, 1:] == batch.target[:, :-1]).all()


def test_the_decoder_only_model_does_not_see_ahead():
    from benchmarks.baselines.decoder_only import DecoderOnly
    from trainer.configuration import ModelConfig

    model = DecoderOnly(ModelConfig(97, 16, 2, 0, 0, 32), layers=2)
    tokens = np.random.default_rng(1).integers(4, 97, (2, 24))
    changed = tokens.copy()
    changed[:, 10] = (changed[:, 10] + 1) % 97
    moved = np.abs(np.asarray(model(tokens)) - np.asarray(model(changed))).max(axis=(0, 2))
    assert moved[:10].max() < 1e-5
    assert moved[10:].min() > 1e-5
