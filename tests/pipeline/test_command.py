"""Runs the whole job, in this process unless noted, and reads what it wrote."""

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import records
from pipeline.command import run
from pipeline.reading import normalization
from pipeline.sentences.splitting import split_sentences
from pipeline.version import __version__
from pipeline.vocabulary import sentencepiece_model
from tests.conftest import ROOT
from tests.pipeline.stories import novel

SMALL = ("--vocab_size=500", "--passage_sentences=10", "--shards=3")


def make(novels: Path | str, output: Path, *options: str) -> int:
    return run(["--input", str(novels), "--output", str(output), *options])


def manifest(output: Path) -> dict[str, Any]:
    return dict(json.loads((output / records.MANIFEST).read_text("utf-8")))


def snapshot(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Novels, some of them bad, and the data set made of them."""
    folder = tmp_path_factory.mktemp("made")
    novels, output = folder / "novels", folder / "data"
    novels.mkdir()
    for number in range(4):
        (novels / f"{number}.txt").write_text(novel(number), "utf-8")
    (novels / "오래된.txt").write_bytes(novel(7).encode("cp949"))
    (novels / "copy.txt").write_bytes(novel(1).replace("\n", "\r\n").encode("utf-16"))
    (novels / "binary.txt").write_bytes(bytes(range(256)))
    (novels / "empty.txt").write_text("\n \n")
    (novels / "cover.png").write_bytes(b"\x89PNG")
    (novels / "wild.txt").write_text(
        "😀👨\u200d👩 漢字\x07 English.\n" + "가나다 라마, " * 8000 + "끝.", "utf-8"
    )
    assert make(novels, output, *SMALL) == 0
    return novels, output


def test_rejected_files_are_listed(made: tuple[Path, Path]) -> None:
    lines = (made[1] / records.REJECTED).read_text("utf-8").splitlines()
    rejected = {entry["file"]: entry for entry in map(json.loads, lines)}
    assert sorted(rejected) == ["binary.txt", "copy.txt", "cover.png", "empty.txt"]
    assert rejected["copy.txt"] == {
        "file": "copy.txt", "reason": "same content as another work", "detail": "1.txt",
    }  # fmt: skip
    assert manifest(made[1])["rejected"] == 4


def test_manifest_is_true(made: tuple[Path, Path]) -> None:
    data = manifest(made[1])
    assert data["format_version"] == records.FORMAT_VERSION
    assert data["soseol_version"] == __version__
    assert list(data)[:2] == ["format_version", "soseol_version"]
    assert set(data["files"]) == {path.name for path in made[1].iterdir()} - {records.MANIFEST}
    for name, facts in data["files"].items():
        content = (made[1] / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    tokenizer = data["tokenizer"]
    pieces = sentencepiece_model.load((made[1] / tokenizer["file"]).read_bytes()).get_piece_size()
    assert tokenizer["pieces"] == pieces <= 500
    assert tokenizer["sha256"] == data["files"][tokenizer["file"]]["sha256"]
    assert data["normalization"] == normalization.as_json()
    assert data["options"]["vocab_size"] == 500
    assert data["options"]["max_sentence_tokens"] == 96
    assert str(made[0].parent) not in json.dumps(data)
    for split in records.SPLITS:
        works = [work for work in data["works"] if work["split"] == split]
        assert data["splits"][split]["works"] == len(works) >= 1
        for what in ("sentences", "characters", "tokens", "passages"):
            assert data["splits"][split][what] == sum(work[what] for work in works)


def test_tensorflow_reads_the_works_back(made: tuple[Path, Path]) -> None:
    tf = pytest.importorskip("tensorflow")
    data, tokenizer = (
        manifest(made[1]),
        sentencepiece_model.load((made[1] / records.TOKENIZER).read_bytes()),
    )
    features = {
        records.WORK: tf.io.FixedLenFeature([], tf.string),
        records.FIRST_SENTENCE: tf.io.FixedLenFeature([], tf.int64),
        records.TOKENS: tf.io.RaggedFeature(
            tf.int64,
            value_key=records.TOKENS,
            partitions=[tf.io.RaggedFeature.RowLengths(records.LENGTHS)],
        ),
    }
    works: dict[str, dict[int, list[list[int]]]] = {}
    places: dict[str, set[str]] = {}
    for name in data["files"]:
        if name.endswith(".tfrecord.gz"):
            for record in tf.data.TFRecordDataset(str(made[1] / name), "GZIP"):
                passage = tf.io.parse_single_example(record, features)
                work = passage[records.WORK].numpy().decode()
                first = int(passage[records.FIRST_SENTENCE])
                works.setdefault(work, {})[first] = passage[records.TOKENS].to_list()
                places.setdefault(work, set()).add(name.split("-")[0])
    for facts in data["works"]:
        assert places[facts["id"]] == {facts["split"]}
        passages = works[facts["id"]]
        assert sorted(passages) == list(range(0, facts["sentences"], 10))
        sentences = [ids for first in sorted(passages) for ids in passages[first]]
        assert len(sentences) == facts["sentences"]
        assert sum(map(len, sentences)) == facts["tokens"]
        assert max(map(len, sentences)) <= 96
        text = tokenizer.decode(sentences)
        assert sum(map(len, text)) == facts["characters"]
        if facts["file"] != "wild.txt":
            novel = (made[0] / facts["file"]).read_bytes()
            lines = novel.decode("cp949" if facts["file"] == "오래된.txt" else "utf-8").split(
                "\n\n"
            )
            assert text == split_sentences([normalization.normalize(line) for line in lines])


def test_same_input_same_bytes_and_a_second_run_does_nothing(
    made: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    novels = tmp_path / "elsewhere"
    shutil.copytree(made[0], novels)
    again = tmp_path / "again"
    assert make(novels, again, *SMALL) == 0
    assert snapshot(again) == snapshot(made[1])
    assert "characters per token" in capfd.readouterr().err
    times = {path: path.stat().st_mtime_ns for path in again.iterdir()}
    assert make(novels, again, *SMALL) == 0
    assert "already complete" in capfd.readouterr().err
    assert times == {path: path.stat().st_mtime_ns for path in again.iterdir()}


def test_a_different_data_set_is_replaced_only_when_asked(
    novels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "data"
    assert make(novels, output, *SMALL) == 0
    before = snapshot(output)
    assert make(novels, output, *SMALL, "--seed=2") == 1
    assert "made with --seed 1" in capfd.readouterr().err
    (novels / "new.txt").write_text(novel(9), "utf-8")
    assert make(novels, output, *SMALL) == 1
    assert "made with another input" in capfd.readouterr().err
    assert snapshot(output) == before
    assert make(novels, output, *SMALL, "--test_works", "new*", "--overwrite") == 0
    works = {work["file"]: work["split"] for work in manifest(output)["works"]}
    assert [file for file, split in works.items() if split == "test"] == ["new.txt"]
    (output / records.TOKENIZER).write_bytes(b"changed")
    assert make(novels, output, *SMALL, "--test_works", "new*") == 1
    assert "tokenizer.model is missing or was changed" in capfd.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["data", "novels"]


def test_two_works_are_all_for_training(
    novels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "data"
    assert make(f"{novels}/소설[01].txt", output, "--vocab_size=9000") == 0
    assert {work["split"] for work in manifest(output)["works"]} == {"train"}
    assert not list(output.glob("validation*")) + list(output.glob("test*"))
    said = capfd.readouterr().err
    assert "warning: with fewer than 3 works" in said
    assert "of 9,000 requested (the text has no more)" in said


def refuse(capfd: pytest.CaptureFixture[str], code: int, message: str, *arguments: object) -> None:
    """The command fails with one clear line, after the lines of progress."""
    capfd.readouterr()
    assert run([str(argument) for argument in arguments]) == code
    out, err = capfd.readouterr()
    said = [line for line in err.splitlines() if not line.startswith("files read")]
    assert not out
    assert len(said) == 1, err
    assert said[0].startswith("pipeline: ")
    assert message in said[0]
    assert "while running" not in said[0]


def test_bad_arguments(novels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = ("--input", novels, "--output", tmp_path / "out")
    refuse(capfd, 2, "--input", "--output", tmp_path / "out")
    refuse(capfd, 2, "no such file", "--input", tmp_path / "none", "--output", tmp_path / "out")
    refuse(capfd, 2, "unknown option --vocabsize", *good, "--vocabsize=3")
    refuse(capfd, 2, "unexpected argument 'x'", "x", *good)
    refuse(capfd, 2, "'many' is not a whole number", *good, "--vocab_size=many")
    refuse(capfd, 2, "'100000' is not a whole number from 1 to 99999", *good, "--shards=100000")
    refuse(capfd, 2, "'2' is not a number from 0", *good, "--test_fraction=2")
    refuse(capfd, 2, "add up to 1", *good, "--test_fraction=.6", "--validation_fraction=.6")
    refuse(capfd, 2, "--runner cannot be used", *good, "--runner=Nobody")
    refuse(capfd, 2, "no input file matches", *good, "--test_works", "none*")
    refuse(capfd, 2, "inside the input folder", "--input", novels, "--output", novels / "out")
    refuse(capfd, 2, "contains the input file", "--input", novels, "--output", tmp_path)
    tokenizer = ("--tokenizer", novels / "소설1.txt")
    refuse(capfd, 2, "소설1.txt is not a SentencePiece model", *good, *tokenizer)
    (empty := tmp_path / "empty.model").touch()
    refuse(capfd, 2, "empty.model is not a SentencePiece model", *good, "--tokenizer", empty)
    empty.unlink()
    refuse(
        capfd,
        2,
        "--vocab_size cannot be used with --tokenizer",
        *good,
        *tokenizer,
        "--vocab_size=300",
    )
    refuse(capfd, 2, "--output, the folder for the data set, is missing", "--input", novels)
    assert [path.name for path in tmp_path.iterdir()] == ["novels"]


def test_failures(novels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = ("--input", novels, "--output", tmp_path / "out")
    refuse(capfd, 1, "--vocab_size 300 is too small", *good, "--vocab_size=300")
    refuse(capfd, 1, "none is left to train on", *good, "--test_works", "*")
    file = tmp_path / "file"
    file.write_text("mine")
    refuse(capfd, 1, "is a file", "--input", novels, "--output", file)
    refuse(capfd, 1, "cannot be written", "--input", novels, "--output", file / "out")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.doc").write_text("mine")
    refuse(
        capfd,
        1,
        "contains files but no data set",
        "--input",
        novels,
        "--output",
        mine,
        "--overwrite",
    )
    bad = tmp_path / "bad"
    bad.mkdir()
    refuse(capfd, 1, "no .txt, .md, .gz or .epub", "--input", bad, "--output", tmp_path / "out")
    (bad / "a.txt").write_bytes(b"\0")
    (bad / "b.txt").write_text("")
    refuse(capfd, 1, "a.txt: not a text file", "--input", bad, "--output", tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["bad", "file", "mine", "novels"]
    assert (mine / "thesis.doc").read_text() == "mine"


def test_the_command_does_not_import_tensorflow(novels: Path, tmp_path: Path) -> None:
    output = tmp_path / "data"
    script = (
        "import sys; from pipeline.command import run; code = run(sys.argv[1:]);"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules; sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "--input", str(novels), "--output", str(output)]
    subprocess.run([*command, *SMALL], check=True, cwd=ROOT)
    assert gzip.decompress((output / "test-00000-of-00001.tfrecord.gz").read_bytes())


def test_the_real_command_says_one_line() -> None:
    command = [sys.executable, "-m", "pipeline", "--output", "x"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_a_stopped_job_leaves_nothing(tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text(novel(1, sentences=30_000), "utf-8")
    command = [sys.executable, "-m", "pipeline"]
    command += ["--input", str(long), "--output", str(tmp_path / "data")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as job:
        assert job.stderr is not None
        assert job.stderr.readline() == "files read 1 of 1\n"  # it is splitting sentences now
        assert len(list(tmp_path.iterdir())) == 3  # the novel, the lock and what is unfinished
        job.send_signal(signal.SIGTERM)
        assert job.stderr.read() == "pipeline: stopped, nothing was written\n"
    assert job.returncode == 143
    assert [path.name for path in tmp_path.iterdir()] == ["long.txt"]
