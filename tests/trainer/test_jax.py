"""A run trained on the JAX backend is evaluated and exported with TensorFlow."""

import json
import os

import pytest

from tests.trainer.conftest import call


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_trained_by_jax_is_exported_by_tensorflow(data_folder, tmp_path):
    pytest.importorskip("jax", reason="needs jax, which is in the dev extra")
    run, models = tmp_path / "run", tmp_path / "models"
    done = call(
        "trainer", "--data", data_folder, "--output", run, "--steps", 3, "--evaluate_every", 3,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = run.glob("checkpoints/*/state.json")
    measured = json.loads(path.read_text())["best"]

    # The other backend gets the same figure from the same weights.
    done = call("trainer.evaluate", "--run", run, "--data", data_folder, "--split", "validation")
    assert done.returncode == 0, done.stderr
    again = json.loads((run / "evaluation.json").read_text())["bits_per_character"]
    assert again == pytest.approx(measured, abs=1e-3)

    done = call("trainer.export", "--run", run, "--output", models)
    assert done.returncode == 0, done.stderr
    assert (models / "1" / "saved_model.pb").is_file()
