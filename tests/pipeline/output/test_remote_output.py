"""Writes a data set to a file system that Beam takes for a remote one."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.localfilesystem import LocalFileSystem

from pipeline import inspection, records
from pipeline.command import run
from pipeline.errors import JobError
from pipeline.output import publishing

SMALL = ("--vocab_size=500", "--passage_sentences=10", "--shards=3")
LOG: list[str] = []  # of files as they appear


class Bucket(LocalFileSystem):
    """bucket://path is /path; like in a bucket, there are no folders, and files appear whole."""

    @classmethod
    def scheme(cls) -> str:
        return "bucket"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath, *paths])

    def mkdirs(self, path: str) -> None:
        pass

    def match(self, patterns: list[str], limits: Any = None) -> Any:
        found = super().match([_local(pattern) for pattern in patterns], limits)
        for result in found:
            for data in result.metadata_list:
                data.path = f"bucket:/{data.path}"
        return found

    def create(self, path: str, *how: Any, **named: Any) -> Any:
        LOG.append(path)
        return super().create(_local(path), *how, **named)

    def open(self, path: str, *how: Any, **named: Any) -> Any:
        return super().open(_local(path), *how, **named)

    def rename(self, sources: list[str], targets: list[str]) -> None:
        LOG.extend(targets)
        for target in targets:
            os.makedirs(os.path.dirname(_local(target)), exist_ok=True)
        super().rename([_local(it) for it in sources], [_local(it) for it in targets])

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            if os.path.isdir(_local(path)):
                if os.listdir(_local(path)):
                    raise BeamIOError("not empty")
                shutil.rmtree(_local(path))
            else:
                os.unlink(_local(path))


def _local(path: str) -> str:
    return path.removeprefix("bucket:/")


@pytest.fixture(autouse=True)
def log() -> list[str]:
    LOG.clear()
    return LOG


def test_a_bucket_holds_the_same_data_set(
    novels: Path, tmp_path: Path, log: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    local, far = tmp_path / "local", tmp_path / "far"
    place = f"bucket:/{far}"
    assert run(["--input", str(novels), "--output", str(local), *SMALL]) == 0
    assert not log
    assert run(["--input", str(novels), "--output", place, *SMALL]) == 0
    assert [path.rsplit("/", 1)[1] for path in log][-1] == records.MANIFEST
    assert {path.name: path.read_bytes() for path in far.iterdir()} == {
        path.name: path.read_bytes() for path in local.iterdir()
    }
    assert run(["--input", str(novels), "--output", place, *SMALL]) == 0
    assert "already complete" in capfd.readouterr().err
    assert run(["--input", str(novels), "--output", place, *SMALL, "--seed=2"]) == 1
    assert "made with --seed 1" in capfd.readouterr().err
    given = ("--tokenizer", f"{place}/{records.TOKENIZER}", "--shards=2", "--overwrite")
    assert run(["--input", str(novels), "--output", place, *given]) == 0
    assert len(list(far.glob("train-*"))) == 2
    capfd.readouterr()
    assert inspection.run([place, "--passages=0"]) == 0
    assert sorted(os.listdir(tmp_path)) == ["far", "local", "novels"]


def test_a_failed_job_leaves_nothing_in_the_bucket(tmp_path: Path) -> None:
    def fail() -> None:
        with publishing.staging_folder(f"bucket:/{tmp_path}/far") as folder:
            Path(_local(folder)).mkdir()
            Path(_local(folder), "file").touch()
            raise JobError("no")

    with pytest.raises(JobError, match="no"):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_missing_file_system_is_reported(novels: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--input", str(novels), "--output", "nowhere://x/y"]) == 1
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith("pipeline: --output nowhere://x/y")
