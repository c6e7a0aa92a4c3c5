"""A small data set, a short training run and its export, made by the real commands."""

import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT, SAMPLE

# Of ``run_folder``. With so many minutes the learning rate follows the steps only, not the clock.
SETTINGS = ("--steps", 24, "--evaluate_every", 12, "--minutes", 600)


def call(module, *arguments, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    """A data set of eight stories from the sample corpus."""
    folder = tmp_path_factory.mktemp("trainer")
    novels = folder / "novels"
    novels.mkdir()
    for path in sorted(SAMPLE.glob("*.txt"))[:8]:
        shutil.copy(path, novels)
    done = call("pipeline", "--input", novels, "--output", folder / "data", "--vocab_size", 1200)
    assert done.returncode == 0, done.stderr
    return folder / "data"


@pytest.fixture(scope="session")
def run_folder(data_folder, tmp_path_factory):
    """A run of a few steps, so that its weights are no longer random."""
    run = tmp_path_factory.mktemp("run") / "run"
    done = call("trainer", "--data", data_folder, "--output", run, *SETTINGS)
    assert done.returncode == 0, done.stderr
    assert "finished at step 24" in done.stdout
    return run


@pytest.fixture(scope="session")
def export_folder(run_folder, data_folder, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    done = call("trainer.export", "--run", run_folder, "--output", models, "--data", data_folder)
    assert done.returncode == 0, done.stderr
    return models / "1"


@pytest.fixture(scope="session")
def signatures(export_folder):
    """The export's signatures by name, and under "keep" the model that owns their variables."""
    import tensorflow as tf
    import tensorflow_text  # noqa: F401 registers its ops

    loaded = tf.saved_model.load(str(export_folder))
    return dict(loaded.signatures.items()) | {"keep": loaded}


@pytest.fixture(scope="session")
def stories():
    """Stories of 0, 1, 5 and 40 sentences."""
    text = sorted(SAMPLE.glob("*.txt"))[0].read_text()
    lines = [line for line in text.splitlines() if line]
    return ["", lines[0], "\n".join(lines[:5]), "\n".join(lines[:40])]
