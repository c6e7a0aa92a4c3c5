"""The trainer's commands: what they refuse, what they resume, what they report."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.trainer.conftest import SETTINGS, call
from trainer import presets
from trainer.configuration import PRECISIONS, TrainerError
from trainer.data.characters import characters_per_piece
from trainer.data.corpus import EncodedCorpus
from trainer.report_card.spelling import Spelling
from trainer.training.checkpoints import Checkpoints


def refused(done, code, *words):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert str(word) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.fixture
def broken(data_folder, tmp_path):
    return shutil.copytree(data_folder, tmp_path / "data")


def shard(folder):
    return next(folder.glob("train-*"))


def test_a_folder_that_is_no_data_set(tmp_path):
    done = call("trainer", "--data", tmp_path, "--output", tmp_path / "run")
    refused(done, 1, tmp_path, "dataset.json is missing", "python -m pipeline")


def test_a_missing_shard(broken, tmp_path):
    gone = shard(broken)
    gone.unlink()
    refused(call("trainer", "--data", broken, "--output", tmp_path / "run"), 1, gone, "missing")
    assert not (tmp_path / "run").exists()


def test_a_cut_shard(broken, tmp_path):
    cut = shard(broken)
    cut.write_bytes(cut.read_bytes()[:-5])
    refused(call("trainer", "--data", broken, "--output", tmp_path / "run"), 1, cut, "bytes")


def test_a_changed_shard(broken, tmp_path):
    changed = shard(broken)
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    refused(call("trainer", "--data", broken, "--output", tmp_path / "run"), 1, changed, "checksum")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 99, "files": {}}'])
def test_a_damaged_manifest(broken, tmp_path, content):
    (broken / "dataset.json").write_text(content)
    refused(call("trainer", "--data", broken, "--output", tmp_path / "run"), 1, "dataset.json")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--preset", "giant", "invalid choice: 'giant'"),
        ("--precision", "int8", "invalid choice: 'int8'"),
        ("--minutes", "0", "'0' is not a number above 0"),
        ("--minutes", "inf", "'inf' is not a number above 0"),
        ("--learning_rate", "-1", "'-1' is not a number above 0"),
        ("--ema", "1", "'1' is not a number from 0 up to, but not including, 1"),
        ("--steps", "1.5", "'1.5' is not a whole number of 1 or more"),
        ("--batch", "3000000000", "'3000000000' is not a whole number from 1 to 1000000"),
        ("--seed", "-1", "'-1' is not a whole number from 0 to 4294967295"),
    ],
)
def test_an_argument_out_of_range_is_refused(option, value, message, tmp_path):
    done = call("trainer", "--data", tmp_path, "--output", tmp_path / "run", option, value)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"trainer: argument {option}: {message}")
    assert line.endswith("(see python -m trainer --help)")
    if option in ("--preset", "--precision"):
        choices = presets.NAMES if option == "--preset" else PRECISIONS
        assert all(choice in line for choice in choices)


def test_an_output_that_cannot_be_written(data_folder, tmp_path):
    (tmp_path / "file").write_text("")
    done = call("trainer", "--data", data_folder, "--output", tmp_path / "file" / "run")
    refused(done, 1, tmp_path / "file" / "run", "cannot be written")


def test_commands_that_need_a_run_say_so(data_folder, tmp_path):
    refused(call("trainer.export", "--run", tmp_path, "--output", tmp_path / "m"), 1, "no training")
    refused(call("trainer.evaluate", "--run", tmp_path, "--data", data_folder), 1, "no training")


WITHOUT = """
import runpy, sys
hidden, module = sys.argv[1:3]
sys.modules[hidden] = None
sys.argv[:] = [module, *sys.argv[3:]]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def names_the_missing_extra(hidden, extra, module, *arguments):
    command = [sys.executable, "-c", WITHOUT, hidden, module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        f"trainer: {hidden} is not installed; install it with: "
        f'pip install -c constraints.txt ".[{extra}]"'
    )


@pytest.mark.parametrize("hidden", ["numpy", "keras", "tensorflow"])
def test_training_names_the_missing_extra(data_folder, tmp_path, hidden):
    folders = ("--data", data_folder, "--output", tmp_path / "run")
    names_the_missing_extra(hidden, "trainer", "trainer", *folders)


def test_evaluation_and_export_name_the_missing_extra(run_folder, data_folder, tmp_path):
    run = ("--run", run_folder)
    names_the_missing_extra("keras", "trainer", "trainer.evaluate", *run, "--data", data_folder)
    models = tmp_path / "models"
    names_the_missing_extra("tensorflow", "trainer", "trainer.export", *run, "--output", models)
    assert not list(models.iterdir())


def test_the_report_card_names_the_missing_extra(data_folder, tmp_path):
    try:
        Spelling()
    except TrainerError as error:
        pytest.skip(f"needs Hunspell and its Korean dictionary: {error}")
    (tmp_path / "stories.txt").write_text("그는 갔다.\n")
    report = ("--report", "--stories", tmp_path / "stories.txt", "--output", tmp_path)
    for hidden in ("kiwipiepy", "pydivsufsort"):
        names_the_missing_extra(
            hidden, "report", "trainer.evaluate", *report, "--data", data_folder
        )


def test_other_settings_do_not_mix_with_a_run(run_folder, data_folder):
    done = call("trainer", "--data", data_folder, "--output", run_folder, *SETTINGS, "--seed", 5)
    refused(done, 1, "seed was 1, now 5", run_folder)


def test_a_finished_run_is_left_as_it_is(run_folder, data_folder):
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*") if path.is_file()}
    done = call("trainer", "--data", data_folder, "--output", run_folder, *SETTINGS)
    assert done.returncode == 0, done.stderr
    assert "finished at step 24" in done.stdout
    assert before == {p: p.stat().st_mtime_ns for p in run_folder.rglob("*") if p.is_file()}


def test_evaluation_counts_every_character_of_the_split(run_folder, data_folder):
    done = call("trainer.evaluate", "--run", run_folder, "--data", data_folder)
    assert done.returncode == 0, done.stderr
    result = json.loads((run_folder / "evaluation.json").read_text())
    promised = EncodedCorpus.open(data_folder).manifest["splits"]["test"]
    assert result["characters"] == promised["characters"]
    assert 2 < result["bits_per_character"] < 10
    assert f"{result['bits_per_character']:.3f} bits per character" in done.stdout


def test_a_run_is_reported(run_folder):
    report = (run_folder / "report.md").read_text()
    assert "24 steps completed" in report
    assert "![Curves](curves.png)" in report
    assert (run_folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    history = Checkpoints(run_folder).state().history
    assert [record["step"] for record in history] == [12, 24]
    samples = history[-1]["samples"]
    assert samples
    assert all(sample["story"] and sample["sentence"] in report for sample in samples)
    assert list((run_folder / "tensorboard" / "samples").glob("events*"))


def test_tensorboard_logs_are_written(run_folder):
    assert list((run_folder / "tensorboard" / "train").glob("events*"))
    assert list((run_folder / "tensorboard" / "validation").glob("events*"))


@pytest.mark.parametrize("text", ["가나다.", " 두 칸", "😀 漢字 é", "그는 갔다 .", "뷁\u1100"])
def test_pieces_know_their_characters(data_folder, text):
    import sentencepiece

    data = EncodedCorpus.open(data_folder)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(data.tokenizer))
    ids = [*pieces.encode(text), 3]
    assert characters_per_piece(data.tokenizer)[ids].sum() == len(text)


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_weights(data_folder, tmp_path):
    # The schedule follows the steps only, because times differ between runs. Checkpoints fall
    # between two updates of the weights, and the moving average is part of the state.
    options = ("--data", str(data_folder), "--steps", "12", "--evaluate_every", "4")
    options += ("--minutes", "1000", "--ema", "0.9", "--accumulate", "3")
    options += ("--label_smoothing", "0.1")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert call("trainer", *options, "--output", whole).returncode == 0
    command = [sys.executable, "-m", "trainer", *options, "--output", str(cut)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 300
    while not list(cut.glob("checkpoints/step-*[0-9]/state.json")):
        assert time.monotonic() < limit
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = call("trainer", *options, "--output", cut)
    assert done.returncode == 0, done.stderr
    assert "resuming from the checkpoint" in done.stderr
    curves = [Checkpoints(run).state().history for run in (whole, cut)]
    assert [record["step"] for record in curves[1]] == [4, 8, 12]
    for one, other in zip(*curves, strict=True):
        for figure in ("loss", "train", "validation", "learning_rate"):
            assert one[figure] == pytest.approx(other[figure], abs=1e-4)
    import h5py

    with h5py.File(whole / "best.weights.h5") as one, h5py.File(cut / "best.weights.h5") as other:
        names = []
        one.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
        assert len(names) > 20
        for name in names:
            np.testing.assert_allclose(one[name][()], other[name][()], atol=1e-5, err_msg=name)


def test_a_full_disk_is_said_in_one_line(data_folder, tmp_path):
    # A limit on file size makes writing fail as a full disk would.
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    options = ("--data", data_folder, "--output", tmp_path / "run", "--steps", 4)
    done = call("trainer", *options, "--evaluate_every", 2, preexec_fn=limit)
    refused(done, 1, tmp_path / "run", "cannot be written", "free some disk space")
    assert not list(tmp_path.rglob("*writing*"))


def test_a_shard_that_vanishes_stops_training_and_keeps_the_checkpoint(broken, tmp_path):
    run = tmp_path / "run"
    options = ("--data", broken, "--output", run, "--steps", 100_000, "--minutes", 1000)
    command = [sys.executable, "-m", "trainer", *map(str, options), "--evaluate_every", "12"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 300
    while not list(run.glob("checkpoints/step-*[0-9]/state.json")):
        assert time.monotonic() < limit
        assert process.poll() is None
        time.sleep(0.05)
    gone = shard(broken)
    gone.unlink()
    errors = process.communicate(timeout=300)[1]
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert gone.name in errors.splitlines()[-1]
    assert list(run.glob("checkpoints/step-*[0-9]/state.json"))


def test_a_run_goes_on_from_another_runs_weights(run_folder, data_folder, tmp_path):
    options = ("--data", data_folder, "--evaluate_every", 2, "--init_from", run_folder)
    still = ("--steps", 2, "--learning_rate", 1e-7)
    done = call("trainer", *options, *still, "--output", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    before = json.loads((run_folder / "run.json").read_text())
    after = json.loads((tmp_path / "run" / "run.json").read_text())
    assert after["initial_weights"]
    assert after["model"] == before["model"]
    learned = Checkpoints(run_folder).state().best
    assert Checkpoints(tmp_path / "run").state().best == pytest.approx(learned, abs=0.01)
    refused(call("trainer", *options, "--output", run_folder), 2, "--init_from")
    refused(call("trainer", *options, "--preset", "base", "--output", tmp_path / "x"), 2, "tiny")


def test_another_vocabulary_cannot_go_on_from_a_run(run_folder, broken, tmp_path):
    manifest = json.loads((broken / "dataset.json").read_text())
    manifest["tokenizer"]["sha256"] = "0" * 64
    (broken / "dataset.json").write_text(json.dumps(manifest))
    done = call("trainer", "--data", broken, "--init_from", run_folder, "--output", tmp_path / "x")
    refused(done, 1, broken, "another vocabulary", "--tokenizer")
    assert not (tmp_path / "x").exists()
