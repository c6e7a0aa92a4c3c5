"""Candidates continue a prefix, which may end inside a word or a piece."""

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.asking import K, options, texts
from trainer.configuration import RunConfig
from trainer.decoding.text.codec import TextCodec
from trainer.decoding.token_healing import HEALED, completing_tokens, heal_prefix


@pytest.mark.parametrize(
    ("prefix", "kept"),
    [
        ("그는 ", "그는 "),
        ("그는\u3000", "그는 "),
        ("은서는 바다", "은서는 바다"),
        ("은서는 바다를 바라보다가 문", "은서는 바다를 바라보다가 문"),
        ("  안개", "안개"),
        ("“", "“"),
        ('"그래', "“그래"),
        ("🦊 漢字 and ", "🦊 漢字 and "),
        ("🦊", "🦊"),
        ("ᄀ", "ᄀ"),
        ("그는...", "그는…"),
        ("a\nb", "a b"),
    ],
)
def test_every_candidate_begins_with_exactly_the_prefix(signatures, stories, prefix, kept):
    answer = signatures["sample"](story=tf.constant(stories), **options(4, prefix=prefix))
    for row in range(4):
        found = texts(answer, row)
        assert all(text.startswith(kept) and len(text) > len(kept) for text in found), found
        assert len(set(found)) == K


@pytest.mark.parametrize("prefix", ["그는 집", "은서는 바다를 바라보", "그는 ", "“아", "🦊", "한"])
def test_the_end_of_a_prefix_may_be_spelled_in_every_way(run_folder, prefix):
    """By its own pieces, or at any of the last three by a piece that extends beyond it."""
    rules = RunConfig.load(run_folder).data["normalization"]
    codec = TextCodec((run_folder / "tokenizer.model").read_bytes(), rules)
    healed = heal_prefix(codec, codec.normalise_prefix(tf.constant([prefix])), 256)
    completing, count = completing_tokens(codec, healed)
    count = int(count[0])
    assert count <= HEALED
    kept = healed.ids[0, : int(healed.lengths[0])].numpy()
    removed = healed.removed[0, :count].numpy()
    whole = codec.tokenizer.detokenize(np.concatenate([kept, removed]))
    assert whole.numpy().decode() == prefix
    for place in range(count):
        rest = "".join(codec.surfaces[token] for token in removed[place:])
        assert rest == healed.rest[0, place].numpy().decode()
        fitting = {codec.surfaces[token] for token in np.flatnonzero(completing[0, place])}
        assert fitting == {piece for piece in codec.surfaces if piece.startswith(rest)}
    if count:
        assert completing[0, count - 1, removed[-1]], "the prefix's own last piece is one of them"


def test_a_prefix_that_is_too_long_is_refused(signatures):
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 256 tokens"):
        signatures["sample"](story=tf.constant(["가."]), **options(1, prefix="가나 " * 300))
