"""From a source to a foundation, through the command; what is refused, and in which words."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from pipeline.records import BOS_ID
from tests.trainer.conftest import call
from tests.trainer.foundation import tiny_gemma
from trainer.configuration import TrainerError
from trainer.foundation import folder as folders
from trainer.foundation import hugging_face, keras_weights, sources
from trainer.foundation.vocabulary import cut


@pytest.fixture(scope="module")
def tiny():
    model = tiny_gemma.tokenizer()
    shape = tiny_gemma.config(len(model.pieces))
    return model, shape, tiny_gemma.weights(shape)


@pytest.fixture(scope="module")
def folder(tiny, tmp_path_factory):
    return tiny_gemma.hugging_face(tmp_path_factory.mktemp("source") / "gemma", *tiny)


@pytest.fixture(scope="module")
def file(tiny, tmp_path_factory):
    path = tiny_gemma.gguf(tmp_path_factory.mktemp("gguf") / "gemma.gguf", *tiny)
    (path.parent / "TERMS.txt").write_text("Terms.")
    return path


@pytest.fixture(scope="module")
def preset(tiny, folder, tmp_path_factory):
    """Written by KerasHub, which has read the Hugging Face folder by its own rules."""
    from keras_hub.models import Gemma3Backbone

    target = tmp_path_factory.mktemp("keras") / "gemma"
    Gemma3Backbone.from_preset(str(folder), dtype="float32").save_to_preset(str(target))
    assets = target / "assets" / "tokenizer"
    assets.mkdir(parents=True, exist_ok=True)
    (assets / "vocabulary.spm").write_bytes(tiny[0].SerializeToString())
    (target / "NOTICE").write_text("Terms.")
    return target


@pytest.mark.parametrize("kind", ["folder", "file", "preset"])
def test_every_source_gives_the_same_model(kind, tiny, request, tmp_path):
    model, shape, values = tiny
    found = sources.open_source(str(request.getfixturevalue(kind)), tmp_path)
    assert found.config == shape
    assert [piece.piece for piece in found.tokenizer.pieces] == [p.piece for p in model.pieces]
    assert [piece.type for piece in found.tokenizer.pieces] == [p.type for p in model.pieces]
    for name, value in found.weights():
        np.testing.assert_allclose(value, values[name], atol=1e-6, err_msg=name)
    assert list(found.licence.values()) == ["Terms."]


def logits(shape, values, ids):
    backbone = keras_weights.backbone(shape, dtype="float32")
    for name, value in values.items():
        keras_weights.assign(backbone, name, value)
    states = backbone({"token_ids": ids, "padding_mask": np.ones_like(ids, bool)})
    return np.asarray(backbone.token_embedding(states, reverse=True))


def test_logits_of_kept_pieces_are_those_of_the_full_model(tiny, folder, tmp_path):
    model, shape, values = tiny
    done = call("trainer.foundation", folder, "--output", tmp_path / "foundation")
    assert done.returncode == 0, done.stderr
    made = folders.read(tmp_path / "foundation")
    old = np.array(cut(model).ids)
    ids = np.random.default_rng(2).integers(260, len(old), [2, 20])
    ids[:, 0] = BOS_ID
    ours = logits(made.config, made.weights(), ids)
    theirs = logits(shape, values, old[ids])[..., old]
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert made.about["parameters"] == sum(value.size for value in made.weights().values())
    assert (made.folder / "licence" / "LICENSE").read_text() == "Terms."
    assert f"{len(old):,} of {len(model.pieces):,} pieces" in done.stdout


def test_others_read_the_folder_too(tiny, folder, tmp_path):
    """KerasHub by its rules for Hugging Face's files gives the same states as we do."""
    from keras_hub.models import Gemma3Backbone

    _, shape, values = tiny
    ids = np.random.default_rng(3).integers(260, shape.vocabulary, [1, 20])
    inputs = {"token_ids": ids, "padding_mask": np.ones_like(ids, bool)}
    theirs = Gemma3Backbone.from_preset(str(folder), dtype="float32")(inputs)
    ours = keras_weights.backbone(shape, dtype="float32")
    for name, value in values.items():
        keras_weights.assign(ours, name, value)
        np.testing.assert_array_equal(keras_weights.read(ours, name), value)
    np.testing.assert_allclose(np.asarray(ours(inputs)), np.asarray(theirs), atol=1e-5)


def refused(source, output, *words):
    done = call("trainer.foundation", source, "--output", output)
    assert done.returncode == 1, done.stdout + done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("trainer: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert str(word) in line
    assert not output.exists()
    assert not list(output.parent.glob(".*.writing"))


def make(source, output):
    found = sources.open_source(str(source), output.parent)
    folders.write(found, cut(found.tokenizer), output, lambda done, total: None)


def test_a_source_that_is_not_there(tmp_path):
    refused(tmp_path / "nothing", tmp_path / "out", "nothing", "GGUF")


@pytest.mark.parametrize("size", [0, 10, 5_000, 60_000])
def test_truncated_gguf_files(size, file, tmp_path):
    path = tmp_path / "gemma.gguf"
    path.write_bytes(file.read_bytes()[:size])
    (tmp_path / "LICENSE").write_text("Terms.")
    with pytest.raises(TrainerError, match=r"gemma\.gguf"):
        make(path, tmp_path / "out")


def test_a_source_without_its_licence(tiny, tmp_path):
    source = tiny_gemma.hugging_face(tmp_path / "gemma", *tiny)
    (source / "LICENSE").unlink()
    refused(source, tmp_path / "out", "no licence", source)


def broken_config(source):
    about = json.loads((source / "config.json").read_text())
    about["model_type"] = "llama"
    (source / "config.json").write_text(json.dumps(about))


def no_weights(source):
    for path in source.glob("*.safetensors"):
        path.unlink()


def half_the_weights(source):
    next(iter(source.glob("*2-of*.safetensors"))).unlink()


def a_cut_file(source):
    path = next(iter(source.glob("*1-of*.safetensors")))
    path.write_bytes(path.read_bytes()[:-100])


def no_tokenizer(source):
    (source / "tokenizer.model").unlink()


def a_wrong_tokenizer(source):
    (source / "tokenizer.model").write_bytes(b"\xff" * 40)


def no_json(source):
    (source / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (broken_config, ["'llama'", "Gemma 3"]),
        (no_weights, ["no *.safetensors"]),
        (half_the_weights, ["has no weight"]),
        (a_cut_file, ["damaged"]),
        (no_tokenizer, ["tokenizer.model", "No such file"]),
        (a_wrong_tokenizer, ["no SentencePiece model"]),
        (no_json, ["config.json", "no JSON"]),
    ],
)
def test_spoilt_folders(spoil, words, tiny, tmp_path):
    source = tiny_gemma.hugging_face(tmp_path / "gemma", *tiny)
    spoil(source)
    with pytest.raises(TrainerError) as caught:
        make(source, tmp_path / "out")
    for word in words:
        assert word in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gemma"]


def test_weights_of_another_shape_or_without_numbers(tiny, tmp_path):
    model, shape, values = tiny
    name = "model.layers.3.mlp.up_proj.weight"
    for bad, word in ((values[name][:-1], "shape"), (values[name] * np.nan, "finite")):
        source = tmp_path / word
        tiny_gemma.hugging_face(source, model, shape, values | {name: bad})
        with pytest.raises(TrainerError, match=word):
            list(hugging_face.read(source).weights())


def test_a_folder_that_is_there_is_not_overwritten(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    done = call("trainer.foundation", folder, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "another --output" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_foundation_is_checked_when_it_is_read(tiny, folder, tmp_path):
    whole = tmp_path / "whole"
    make(folder, whole)
    assert folders.read(whole).tokenizer == cut(tiny[0]).model

    def spoilt(spoil, word):
        copy = tmp_path / "copy"
        shutil.copytree(whole, copy)
        spoil(copy)
        with pytest.raises(TrainerError, match=word):
            folders.read(copy)
        shutil.rmtree(copy)

    spoilt(lambda copy: (copy / "foundation.json").unlink(), "no foundation")
    spoilt(lambda copy: (copy / "foundation.json").write_text("{}"), "damaged")
    spoilt(lambda copy: (copy / "tokenizer.model").write_bytes(b""), "does not match")
    spoilt(lambda copy: (copy / "licence" / "LICENSE").unlink(), "terms must stay")


def test_the_config_says_the_same_to_others_and_to_us(tiny):
    for shape in (tiny[1], dataclasses.replace(tiny[1], rope_factor=8.0)):
        again = hugging_face.config_of(folders.hugging_face_config(shape))
        assert dataclasses.replace(again, score_scale=shape.score_scale) == shape
        assert again.score_scale == pytest.approx(shape.score_scale)
