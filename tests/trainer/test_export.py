"""A SavedModel as a stranger sees it: only TensorFlow and tensorflow-text, raw text in and out."""

import json
import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_text  # noqa: F401  (registers its ops)
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from tests.conftest import SAMPLE
from tests.trainer.conftest import call

K = 10
OUTPUTS = {"candidates", "log_probs", "token_counts", "embeddings"}


@pytest.fixture(scope="module")
def signatures(export_folder):
    loaded = tf.saved_model.load(str(export_folder))
    return dict(loaded.signatures.items()) | {"keep": loaded}


@pytest.fixture(scope="module")
def stories():
    """Stories of 0, 1, 5 and 40 sentences."""
    text = sorted(SAMPLE.glob("*.txt"))[0].read_text()
    lines = [line for line in text.splitlines() if line]
    return ["", lines[0], "\n".join(lines[:5]), "\n".join(lines[:40])]


def options(count, **given):
    row = {
        "prefix": "", "temperature": 1.0, "top_p": 0.9, "diversity": 0.5, "seed": 1, "avoid": "",
    }  # fmt: skip
    types = {"seed": tf.int64, "prefix": tf.string, "avoid": tf.string}
    return {
        name: tf.constant([given.get(name, value)] * count, types.get(name, tf.float32))
        for name, value in row.items()
    }


def texts(answer, row=0):
    return [text.decode() for text in answer["candidates"][row].numpy()]


def test_it_loads_and_answers_where_nothing_else_is_installed(export_folder):
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


def test_text_ops_are_bound_to_the_cpu(signatures):
    graph = signatures["suggest"].graph.as_graph_def()
    functions = {function.signature.name: function for function in graph.library.function}
    nodes = [*graph.node, *(node for f in functions.values() for node in f.node_def)]
    ours = [node for node in nodes if "Sentencepiece" in node.op or "NormalizeUTF8" in node.op]
    assert ours
    assert all("CPU" in node.device for node in ours), [node.device for node in ours]


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


@pytest.mark.parametrize("name", ["suggest", "sample"])
def test_log_probs_are_what_score_says_of_the_same_text(signatures, stories, name):
    given = options(len(stories), temperature=1.3) if name == "sample" else {}
    answer = signatures[name](story=tf.constant(stories), **given)
    again = signatures["score"](
        story=tf.constant(np.repeat(stories, K)), sentence=tf.reshape(answer["candidates"], [-1])
    )
    expected = tf.reshape(again["log_prob"], [-1, K]).numpy()
    np.testing.assert_allclose(answer["log_probs"].numpy(), expected, atol=1e-3)
    counts = tf.reshape(again["token_count"], [-1, K]).numpy()
    np.testing.assert_array_equal(answer["token_counts"].numpy(), counts)


def test_an_answer_does_not_depend_on_the_rest_of_the_batch(signatures, stories):
    together = signatures["suggest"](story=tf.constant(stories))
    drawn = signatures["sample"](story=tf.constant(stories), **options(len(stories), seed=7))
    for row, story in enumerate(stories):
        alone = signatures["suggest"](story=tf.constant([story]))
        assert texts(alone) == texts(together, row)
        alone = signatures["sample"](story=tf.constant([story]), **options(1, seed=7))
        assert texts(alone) == texts(drawn, row)


def test_a_sample_is_repeatable_and_another_seed_gives_others(signatures, stories):
    ask = signatures["sample"]
    first = texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=1)))
    assert texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=1))) == first
    assert texts(ask(story=tf.constant(stories[2:3]), **options(1, seed=2))) != first


@pytest.mark.parametrize("prefix", ["그는 ", "은서는 바다", "“", "🦊 漢字 and "])
def test_every_candidate_begins_with_the_prefix(signatures, stories, prefix):
    answer = signatures["sample"](story=tf.constant(stories[2:3]), **options(1, prefix=prefix))
    assert all(text.startswith(prefix.strip()) for text in texts(answer))


def test_sentences_to_avoid_do_not_come_again(signatures, stories):
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
        ("top_p", 1.5, "at most 1"),
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
def test_strange_stories_are_answered(signatures, story):
    answer = signatures["suggest"](story=tf.constant([story]))
    assert all(texts(answer))
    scored = signatures["score"](story=tf.constant([story]), sentence=tf.constant([story]))
    assert math.isfinite(float(scored["log_prob"][0]))
    embedded = signatures["embed"](sentence=tf.constant([story]))["embedding"]
    assert np.isfinite(embedded.numpy()).all()


def test_every_warm_up_record_can_be_run(export_folder, signatures):
    path = export_folder / "assets.extra" / "tf_serving_warmup_requests"
    seen = set()
    for record in tf.data.TFRecordDataset(str(path)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(proto)) for name, proto in request.inputs.items()
        }
        assert signatures[request.model_spec.signature_name](**inputs)
        seen.add(request.model_spec.signature_name)
    assert seen == set(signatures) - {"keep", "serving_default"}


def test_the_card_and_the_tokenizer_travel_with_the_model(export_folder, run_folder):
    extra = export_folder / "assets.extra"
    card = json.loads((extra / "model_card.json").read_text())
    assert card["preset"] == "tiny"
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
