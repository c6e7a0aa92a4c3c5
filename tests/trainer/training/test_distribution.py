"""Several devices or workers train as one device does, and only the chief writes."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.trainer.conftest import call
from trainer.configuration import UsageError
from trainer.training.distribution import detect_devices

OPTIONS = ("--preset", "tiny", "--batch", 2, "--dropout", 0, "--steps", 4, "--evaluate_every", 2)

MIRRORED = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.trainer import micro
from trainer.training.distribution import all_reduce_sum

def losses(learner):
    batches = [micro.batch(seed, 2) for seed in range(4)]
    batches[1]["sentences"][1, :, 20:] = -1  # one replica has fewer tokens than the other
    spec = {key: tf.TensorSpec(value.shape, value.dtype) for key, value in batches[0].items()}
    data = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec)
    seen = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(float(logs["loss"])))
    learner.fit(data, verbose=0, callbacks=[keep])
    return seen

alone = micro.learner(batch=2, ema=0.5)
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    both = micro.learner(batch=2, ema=0.5, cross_replica_sum=all_reduce_sum, replicas=2)
np.testing.assert_allclose(losses(both), losses(alone), atol=1e-4)
for one, other in zip(micro.weights(both), micro.weights(alone), strict=True):
    np.testing.assert_allclose(one, other, atol=5e-4)
print("the same")
"""


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


@pytest.mark.slow
def test_two_devices_learn_what_one_does():
    done = subprocess.run(
        [sys.executable, "-c", MIRRORED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "the same" in done.stdout


def history(run):
    (path,) = run.glob("checkpoints/*/state.json")
    return json.loads(path.read_text())["history"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_workers_learn_what_one_does(data_folder, tmp_path):
    alone = tmp_path / "alone"
    done = call("trainer", "--data", data_folder, *OPTIONS, "--output", alone)
    assert done.returncode == 0, done.stderr
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    together = tmp_path / "together"
    command = [sys.executable, "-m", "trainer", "--data", data_folder, *OPTIONS]
    processes = []
    for index in range(2):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [*map(str, command), "--output", str(together)],
                cwd=ROOT,
                env={**os.environ, "TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        _, errors = process.communicate(timeout=1000)
        assert process.returncode == 0, errors[-3000:]
    assert len(history(together)) == 2
    for mine, theirs in zip(history(alone), history(together), strict=True):
        for figure in ("loss", "train", "validation", "learning_rate"):
            assert theirs[figure] == pytest.approx(mine[figure], abs=1e-4)
    assert len(list((together / "tensorboard" / "train").iterdir())) == 1


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"cluster": {"worker": ["a", "b"]}}',
     '{"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 2}}',
     '{"cluster": {"worker": ["a"], "ps": ["b"]}, "task": {"type": "worker", "index": 0}}'],
)  # fmt: skip
def test_a_cluster_that_makes_no_sense_is_refused(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UsageError, match="TF_CONFIG"):
        detect_devices()
