"""The SavedModel on its own: needs only TensorFlow and tensorflow-text; raw text in and out."""

import json
import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_text  # noqa: F401  (registers its ops)
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

from pipeline.version import __version__
from tests.conftest import SAMPLE
from tests.trainer.asking import K, graph_nodes, options, texts
from tests.trainer.conftest import call
from trainer.data.corpus import EncodedCorpus
from trainer.decoding.text.codec import TextCodec
from trainer.decoding.text.copies import HASH_BUCKETS, SHORTEST, CopyFilter, fingerprints
from trainer.signatures import StoryService
from trainer.training.building import load_best

OUTPUTS = {"candidates", "log_probs", "token_counts", "embeddings"}


def test_it_loads_and_runs_where_nothing_else_is_installed(export_folder):
    program = textwrap.dedent(f"""
        import sys
        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("trainer", "pipeline", "soynlp", "sentencepiece"):
                    raise ImportError(name)
        sys.meta_path.insert(0, Refuse())
        import tensorflow as tf, tensorflow_text
        model = tf.saved_model.load({str(export_folder)!r})
        answer = model.signatures["serving_default"](story=tf.constant(["바람이 불었다."]))
        assert answer["candidates"].shape == (1, 10), answer
        assert not any(name.split(".")[0] == "trainer" for name in sys.modules)
        print("answered")
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.stdout.strip() == "answered", done.stderr


def test_every_signature_has_the_shapes_of_the_contract(signatures):
    assert set(signatures) - {"keep"} == {
        "serving_default", "suggest", "sample", "score", "embed",
    }  # fmt: skip
    for name in ("serving_default", "suggest", "sample"):
        outputs = signatures[name].structured_outputs
        assert set(outputs) == OUTPUTS
        assert outputs["candidates"].shape.as_list() == [None, K]
        assert outputs["embeddings"].shape.as_list()[:2] == [None, K]
    for name, function in signatures.items():
        if name == "keep":
            continue
        specs = [*function.structured_input_signature[1].values()]
        specs += [*function.structured_outputs.values()]
        assert all(spec.shape.rank >= 1 and spec.shape[0] is None for spec in specs), name


def test_a_server_sees_one_graph_for_suggest_and_the_default(export_folder):
    saved = saved_model_pb2.SavedModel.FromString((export_folder / "saved_model.pb").read_bytes())
    definitions = saved.meta_graphs[0].signature_def
    assert definitions["serving_default"] == definitions["suggest"]
    assert definitions["suggest"].inputs["story"].name


def test_string_ops_are_placed_on_the_cpu(export_folder):
    """No other device has kernels for them."""
    movable = {"Placeholder", "Const", "Identity", "IdentityN", "If", "NoOp"}
    ours = [
        node
        for node in graph_nodes(export_folder)
        if any(
            word in node.op for word in ("String", "Regex", "Substr", "Unicode", "piece", "UTF8")
        )
        or (node.op not in movable and node.attr["T"].type == types_pb2.DT_STRING)
        or node.attr["Tparams"].type == types_pb2.DT_STRING
    ]
    assert len({node.op for node in ours}) > 12
    elsewhere = {node.op for node in ours if "CPU" not in node.device}
    assert not elsewhere


def test_ten_candidates_that_are_sentences(signatures, stories):
    answer = signatures["suggest"](story=tf.constant(stories))
    for row in range(len(stories)):
        found = texts(answer, row)
        assert len(found) == K
        assert all(text.strip() == text and text and "\n" not in text for text in found)
        assert len(set(found)) == K
    assert np.allclose(np.linalg.norm(answer["embeddings"], axis=-1), 1, atol=1e-4)
    assert (answer["log_probs"].numpy() < 0).all()
    mean = answer["log_probs"].numpy() / answer["token_counts"].numpy()
    assert (np.diff(mean, axis=1) <= 1e-6).all(), "best first"


def random_stories(count, seed):
    """The first 0 to 60 sentences of sample stories."""
    draw = np.random.default_rng(seed)
    books = [path.read_text().split("\n") for path in sorted(SAMPLE.glob("*.txt"))]
    picks = [(books[draw.integers(len(books))], draw.integers(0, 61)) for _ in range(count)]
    return ["\n".join(lines[:size]) for lines, size in picks]


@pytest.mark.parametrize("name", ["suggest", "sample"])
def test_log_probs_equal_those_of_score_for_the_same_text(signatures, name):
    """A thousand candidates in all, some of them cut off at the greatest length."""
    for batch in range(2):
        stories = random_stories(25, seed=batch)
        given = {}
        if name == "sample":
            prefixes = ["", "그는 ", "은서는 바다", "그", "“아", "", "", "", "안개가 걷히", "“"]
            prefixes = [prefixes[row % len(prefixes)] for row in range(25)]
            given = options(25, temperature=1.5, prefix=prefixes, seed=range(25))
        answer = signatures[name](story=tf.constant(stories), **given)
        again = signatures["score"](
            story=tf.constant(np.repeat(stories, K)),
            sentence=tf.reshape(answer["candidates"], [-1]),
        )
        expected = tf.reshape(again["log_prob"], [-1, K]).numpy()
        np.testing.assert_allclose(answer["log_probs"].numpy(), expected, atol=1e-4, rtol=1e-6)
        counts = tf.reshape(again["token_count"], [-1, K]).numpy()
        np.testing.assert_array_equal(answer["token_counts"].numpy(), counts)


def test_suggestions_do_not_depend_on_the_rest_of_the_batch(signatures, stories):
    together = signatures["suggest"](story=tf.constant(stories))
    for row, story in enumerate(stories):
        alone = signatures["suggest"](story=tf.constant([story]))
        assert texts(alone) == texts(together, row)


def test_nor_do_samples_but_for_rounding(signatures, stories):
    """Larger matrix products round differently, which changes one draw in many thousands.

    This model's distributions are nearly flat, so about one response in a hundred has such a
    draw, even in a batch of equal stories. A real dependence on other rows would change every
    response to some story.
    """
    seeds = range(5)
    differing = 0
    for seed in seeds:
        drawn = signatures["sample"](story=tf.constant(stories), **options(len(stories), seed=seed))
        for row, story in enumerate(stories):
            alone = signatures["sample"](story=tf.constant([story]), **options(1, seed=seed))
            differing += texts(alone) != texts(drawn, row)
    assert differing < len(seeds) - 1


def test_a_sample_is_repeatable_and_another_seed_gives_others(signatures, stories):
    ask = signatures["sample"]
    first = texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=1)))
    assert texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=1))) == first
    assert texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=2))) != first


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": 1e-30},
        {"temperature": 1e30, "top_p": 1.0},
        {"temperature": math.inf, "top_p": 1.0, "diversity": math.inf},
        {"top_p": 1e-30},
        {"diversity": 1e30},
        {"seed": -(2**63)},
        {"prefix": "가" * 200, "temperature": 1e-3},
        {"temperature": 1e-3, "avoid": "\n".join(["그는 웃었다."] * 5000)},
        {"avoid": "\x00\n\n \n", "prefix": " \n "},
    ],
    ids=str,
)
def test_there_are_ten_different_candidates_for_any_options(signatures, given):
    answer = signatures["sample"](story=tf.constant(["", "가."]), **options(2, **given))
    for row in range(2):
        found = texts(answer, row)
        assert len(set(found)) == K
        assert all(text.strip() for text in found)
    assert np.isfinite(answer["log_probs"]).all()


def test_sentences_to_avoid_are_not_repeated(signatures, stories):
    ask = signatures["sample"]
    cold = {"temperature": 0.2, "diversity": 0.0}
    first = texts(ask(story=tf.constant(stories[2:3]), **options(1, **cold)))
    avoided = options(1, avoid="\n".join(first), **cold)
    second = texts(ask(story=tf.constant(stories[2:3]), **avoided))
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("temperature", 0.0, "temperature must be above 0"),
        ("top_p", 0.0, "top_p must be above 0"),
        ("top_p", 1.5, "up to 1"),
        ("diversity", -1.0, "diversity must be 0 or more"),
    ],
)
def test_options_out_of_range_are_refused(signatures, option, value, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        signatures["sample"](story=tf.constant(["가."]), **options(1, **{option: value}))


@pytest.mark.parametrize(
    "story",
    [
        "\n\n \n",
        "가" * 100_000,
        "\n".join(["한 줄."] * 1000),
        "\x00\x07\x1b[31m빨강\x1b[0m",
        "😀👨‍👩‍👧 emoji 漢字 English ㅋㅋㅋ",
        b"\xff\xfe\x80 broken",
    ],
    ids=["blank", "100 KB line", "1000 lines", "control", "mixed", "not UTF-8"],
)
def test_unusual_stories_get_candidates(signatures, story):
    answer = signatures["suggest"](story=tf.constant([story]))
    assert all(texts(answer))
    scored = signatures["score"](story=tf.constant([story]), sentence=tf.constant([story]))
    assert math.isfinite(float(scored["log_prob"][0]))
    embedded = signatures["embed"](sentence=tf.constant([story]))["embedding"]
    assert np.isfinite(embedded.numpy()).all()


def test_of_a_long_story_no_more_is_read_than_52_sentences(run_folder):
    config, learner = load_best(run_folder)
    codec = TextCodec((run_folder / "tokenizer.model").read_bytes(), config.data["normalization"])
    service = StoryService(learner.story_model, codec, config.data["longest_sentence"])
    line = "그는 천천히 문을 열고 마당으로 나가서 한참 동안 하늘을 바라보았다."

    def sizes(sentences):
        read = service.generator.encode_request(tf.constant(["\n".join([line] * sentences)]))
        return [part.shape for part in tf.nest.flatten(read)]

    assert sizes(5000) == sizes(52)
    assert sizes(10) != sizes(52)


def test_memorised_sentences_are_filtered(run_folder, data_folder):
    """With a filter that knows the candidates, others are selected."""
    config, learner = load_best(run_folder)
    codec = TextCodec((run_folder / "tokenizer.model").read_bytes(), config.data["normalization"])
    size = config.data["longest_sentence"]
    story = tf.constant(["바람이 불었다."])
    before = StoryService(learner.story_model, codec, size).suggest(story)["candidates"]
    letters = codec.letters(before)
    known = {text.decode() for text in letters[0].numpy() if len(text.decode()) >= SHORTEST}
    assert known
    prints = tf.strings.to_hash_bucket_fast(letters[0], HASH_BUCKETS).numpy().astype(np.int32)
    copies = CopyFilter(np.unique(prints))
    after = StoryService(learner.story_model, codec, size, copies).suggest(story)["candidates"]
    found = {text.decode() for text in codec.letters(after)[0].numpy()}
    assert not known & found
    assert len(found) == K


def test_the_copy_filter_is_exported(export_folder, data_folder):
    data = EncodedCorpus.open(data_folder)
    codec = TextCodec(data.tokenizer.read_bytes(), data.manifest["normalization"])
    expected = fingerprints(data, codec)
    assert len(expected) > 500
    assert (np.diff(expected) > 0).all()
    reader = tf.train.load_checkpoint(str(export_folder / "variables" / "variables"))
    held = [
        reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if "fingerprints" in name
    ]
    assert len(held) == 1
    np.testing.assert_array_equal(held[0], expected)
    card = json.loads((export_folder / "assets.extra" / "model_card.json").read_text())
    assert card["copy_filter"] == {"sentences": len(expected), "bytes": 4 * len(expected)}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--check", "MISSING"], 1, "holds no exported model"),
        (["--check", "MISSING", "--run", "r"], 2, "--check cannot be combined"),
        ([], 2, "give --run and --output"),
        (["--run", "RUN", "--output", "MISSING", "--data", "MISSING"], 1, "dataset.json"),
    ],
)
def test_wrong_commands_are_rejected_with_a_message(run_folder, tmp_path, arguments, code, words):
    places = {"RUN": run_folder, "MISSING": tmp_path / "nothing"}
    done = call("trainer.export", *(places.get(word, word) for word in arguments))
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_card_and_the_tokenizer_are_exported(export_folder, run_folder):
    extra = export_folder / "assets.extra"
    card = json.loads((extra / "model_card.json").read_text())
    assert card["preset"] == "tiny"
    assert card["soseol_version"] == __version__
    assert card["trained_steps"] in (12, 24)
    assert 0 < card["validation_bits_per_character"] < 10
    assert (extra / "tokenizer.model").read_bytes() == (run_folder / "tokenizer.model").read_bytes()


def test_the_next_export_gets_the_next_version_and_taken_ones_are_kept(export_folder, run_folder):
    done = call("trainer.export", "--run", run_folder, "--output", export_folder.parent,
                "--version", 1)  # fmt: skip
    assert done.returncode == 2
    assert "exists" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_named(run_folder, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    for target in (blocked, blocked / "below"):
        done = call("trainer.export", "--run", run_folder, "--output", target)
        assert done.returncode == 1
        assert str(target) in done.stderr
        assert "Traceback" not in done.stderr
