"""``python -m trainer.export --check``: what it runs, and what it rejects."""

import shutil
import tempfile
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from tests.trainer.asking import graph_nodes
from tests.trainer.conftest import call


def test_the_check_runs_everything_and_names_every_op(export_folder):
    done = call("trainer.export", "--check", export_folder.parent)
    assert done.returncode == 0, done.stderr
    assert "works: 5 signatures, 8 warm-up records" in done.stdout
    assert "4 tensorflow-text ops: NormalizeUTF8, Sentencepiece" in done.stdout
    named = done.stdout.replace("\n", ", ").replace(": ", ", ").split(", ")
    functions = {"PartitionedCall", "StatefulPartitionedCall"}
    assert {node.op for node in graph_nodes(export_folder)} - functions <= set(named) | {
        node.op for node in graph_nodes(export_folder) if node.op.startswith("__")
    }


def damage(folder, name, edit):
    path = folder / name
    path.write_bytes(edit(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("saved_model.pb", lambda data: data[: len(data) // 2], "does not work"),
        ("variables/variables.index", lambda data: b"", "does not work"),
        ("assets.extra/tf_serving_warmup_requests", lambda data: data[:-3], "damaged"),
        (
            "assets.extra/tf_serving_warmup_requests",
            lambda data: rewritten(data, "nothing"),
            "no signature 'nothing'",
        ),
    ],
    ids=["graph", "weights", "warm-up file", "warm-up signature"],
)
@pytest.mark.slow
def test_the_check_rejects_a_damaged_model(export_folder, tmp_path, name, edit, words):
    copy = tmp_path / "models" / "3"
    shutil.copytree(export_folder, copy)
    damage(copy, name, edit)
    done = call("trainer.export", "--check", copy.parent)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def rewritten(data, signature):
    """A warm-up file with another signature in its requests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records"
        path.write_bytes(data)
        logs = [
            prediction_log_pb2.PredictionLog.FromString(record.numpy())
            for record in tf.data.TFRecordDataset(str(path))
        ]
        with tf.io.TFRecordWriter(str(path)) as writer:
            for log in logs:
                log.predict_log.request.model_spec.signature_name = signature
                writer.write(log.SerializeToString())
        return path.read_bytes()
