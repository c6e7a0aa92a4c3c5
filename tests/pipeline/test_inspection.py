"""Shows and verifies data sets, whole and damaged."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import inspection, records
from pipeline.command import run
from pipeline.output import tfrecord
from tests.conftest import ROOT
from tests.pipeline.stories import novel


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspected")
    for number in range(5):
        (folder / f"봄{number}.txt").write_text(novel(number), "utf-8")
    output = folder / "data"
    options = ("--vocab_size=500", "--passage_sentences=10", "--shards=1")
    assert run(["--input", f"{folder}/*.txt", "--output", str(output), *options]) == 0
    return output


def test_a_work_is_shown_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspection.run([str(data), "--work", "봄3.txt", "--passages", "9"]) == 0
    said = capsys.readouterr()
    heads = [line for line in said.out.splitlines() if line.startswith("── ")]
    assert [head.split(" · ")[1] for head in heads] == [
        "sentences 1–10", "sentences 11–20", "sentences 21–24",
    ]  # fmt: skip
    shown = [line.split(maxsplit=1) for line in said.out.splitlines() if line[:1] == " "]
    assert [int(number) for number, _ in shown] == list(range(1, 25))
    assert " ".join(text for _, text in shown) == " ".join(novel(3).split())
    assert "verified 6 files" in said.err


def test_a_split_and_its_pieces(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspection.run([str(data), "--split", "test", "--pieces"]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    number, *pieces = first.split()
    assert int(number) in (1, 11, 21)
    assert len(pieces) > 3
    assert pieces[0].startswith("▁")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--work", "봄"], "several works match (봄0.txt"),
        (["--work", "가을"], "no work has this"),
        (["--passages", "x"], "'x' is not a whole number"),
        (["--split", "all"], "invalid choice"),
    ],
)
def test_bad_arguments(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert inspection.run([str(data), *arguments]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def rewrite(change: Callable[[Any], None]) -> Callable[[Path], None]:
    """Returns a function that changes dataset.json."""

    def damage(data: Path) -> None:
        path = data / records.MANIFEST
        manifest = json.loads(path.read_text("utf-8"))
        change(manifest)
        path.write_text(json.dumps(manifest), "utf-8")

    return damage


def one_record_less(data: Path) -> None:
    path = data / "train-00000-of-00001.tfrecord.gz"
    content = b"".join(tfrecord.compressed(list(tfrecord.read_records(path.read_bytes()))[1:]))
    path.write_bytes(content)
    facts = tfrecord_facts(path)
    rewrite(lambda manifest: manifest["files"].update({path.name: facts}))(data)


def changed_checksum(data: Path) -> None:
    """Flips a bit and updates all checksums but TFRecord's."""
    path = data / "train-00000-of-00001.tfrecord.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[40] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    facts = tfrecord_facts(path)
    rewrite(lambda manifest: manifest["files"].update({path.name: facts}))(data)


def tfrecord_facts(path: Path) -> dict[str, object]:
    from pipeline.storage import facts

    return facts(str(path))


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda data: (data / records.MANIFEST).unlink(), "has no dataset.json"),
    (lambda data: (data / records.MANIFEST).write_text("{"), "dataset.json is damaged"),
    (rewrite(lambda it: it.update(format_version=99)), "format version 99"),
    (lambda data: (data / records.TOKENIZER).unlink(), "tokenizer.model cannot be read"),
    (lambda data: (data / records.TOKENIZER).write_bytes(b"x"), "tokenizer.model is damaged"),
    (lambda data: (data / records.REJECTED).write_text("x"), "rejected.jsonl is damaged: 1 bytes"),
    (
        lambda data: next(data.glob("train*")).write_bytes(
            next(data.glob("train*")).read_bytes()[:-1] + b"x"
        ),
        "train-00000-of-00001.tfrecord.gz is damaged: its checksum",
    ),
    (one_record_less, "the train split"),
    (changed_checksum, "the checksum of record 0 differs"),
    (rewrite(lambda it: it["works"][0].update(characters=1)), "dataset.json says 1"),
    (rewrite(lambda it: it["works"].pop()), "contains work"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[message for _, message in DAMAGES])
def test_damage_is_found_and_named(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
    message: str,
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    damage(copy)
    assert inspection.run([str(copy)]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_head_may_close_the_pipe(data: Path) -> None:
    command = f"{sys.executable} -m pipeline.inspect {data} --passages 99 | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("── ")
    assert "Broken" not in done.stderr
