"""Runs the job in several processes, on changed input, killed, and beside another job."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from apache_beam.runners.portability.local_job_service import LocalJobServicer

from pipeline import records
from pipeline.command import run
from pipeline.errors import JobError
from pipeline.output import publishing
from pipeline.output.dataset import DataSet
from pipeline.output.example import Passage
from tests.conftest import ROOT
from tests.pipeline.stories import novel

SMALL = ("--vocab_size=500", "--passage_sentences=5", "--shards=3")
TWO_WORKERS = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")


def write_novels(folder: Path, numbers: list[int]) -> Path:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number}.txt").write_text(novel(number), "utf-8")
    return folder


def command(novels: Path, output: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pipeline",
        "--input",
        f"{novels}",
        "--output",
        f"{output}",
        *options,
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Novels, and the data set made of them."""
    folder = tmp_path_factory.mktemp("made")
    novels, output = write_novels(folder / "novels", list(range(12))), folder / "data"
    assert run(["--input", str(novels), "--output", str(output), *SMALL]) == 0
    return novels, output


def test_workers_in_other_processes_make_the_same_bytes(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    novels = write_novels(tmp_path / "novels", [7, 11, 0, 10, 1, 9, 2, 8, 3, 6, 4, 5])
    # Whoever imports these leaves a trace, be it the job or a worker.
    traps, trace = tmp_path / "traps", tmp_path / "trace"
    traps.mkdir()
    for name in ("tensorflow", "keras"):
        (traps / f"{name}.py").write_text(f"open({str(trace)!r}, 'w').write(__name__)")
    environment = {**os.environ, "PYTHONPATH": f"{traps}:{ROOT}"}
    job = subprocess.run(
        command(novels, tmp_path / "data", *SMALL, *TWO_WORKERS),
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert job.returncode == 0, job.stderr
    assert contents(tmp_path / "data") == contents(made[1])
    assert not trace.exists()
    assert not job.stdout
    shown = ("files read", "train ", "validation ", "test ", "vocabulary ", "report ", "data set ")
    assert all(line.startswith(shown) for line in job.stderr.splitlines()), job.stderr
    assert "files read 12 of 12" in job.stderr
    assert "split into sentences 100%" in job.stderr
    assert "sentences 288" in job.stderr


def test_a_failure_in_another_process_is_one_line(made: tuple[Path, Path], tmp_path: Path) -> None:
    job = subprocess.run(
        command(made[0], tmp_path / "data", "--vocab_size=300", *TWO_WORKERS),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert job.returncode == 1
    said = [line for line in job.stderr.splitlines() if not line.startswith("files read")]
    assert len(said) == 1, job.stderr
    assert said[0].startswith("pipeline: --vocab_size 300 is too small")
    assert not list(tmp_path.iterdir())


def test_a_portable_runner_makes_the_same_bytes(made: tuple[Path, Path], tmp_path: Path) -> None:
    """Beam's own job service, which Flink and Spark use too."""
    service = LocalJobServicer(str(tmp_path / "staging"))
    port = service.start_grpc_server(0)
    try:
        portable = ("--runner=PortableRunner", f"--job_endpoint=localhost:{port}")
        job = subprocess.run(
            command(made[0], tmp_path / "data", *SMALL, *portable, "--environment_type=LOOPBACK"),
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        service.stop()
    assert job.returncode == 0, job.stderr
    assert contents(tmp_path / "data") == contents(made[1])


def test_a_runner_that_is_not_there(
    made: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    nowhere = ("--runner=PortableRunner", "--job_endpoint=localhost:9", "--job_server_timeout=1")
    given = ["--input", str(made[0]), "--output", str(tmp_path / "data"), *nowhere]
    assert run([*given, "--environment_type=LOOPBACK"]) == 1
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith("pipeline: --runner PortableRunner cannot be reached")
    assert not list(tmp_path.iterdir())


def passages(folder: Path) -> dict[str, list[Passage]]:
    """The passages of each file, in order, with file names for ids of works."""
    data = DataSet.open(str(folder))
    names = {work["id"]: work["file"] for work in data.manifest["works"]}
    return {
        name: [Passage(names[it.work], it.first_sentence, it.sentences) for it in data.read(name)]
        for name in data.manifest["files"]
        if name.endswith(".tfrecord.gz")
    }


@pytest.mark.parametrize("changed", ["7.txt", "new.txt"])
def test_with_a_pretrained_tokenizer_one_novel_changes_no_other(
    made: tuple[Path, Path], tmp_path: Path, changed: str
) -> None:
    given = ("--tokenizer", str(made[1] / records.TOKENIZER), *SMALL[1:])
    outputs = tmp_path / "before", tmp_path / "after"
    novels = write_novels(tmp_path / "novels", list(range(12)))
    for output in outputs:
        assert run(["--input", str(novels), "--output", str(output), *given]) == 0
        (novels / changed).write_text(novel(99, sentences=60), "utf-8")
    assert (outputs[0] / records.TOKENIZER).read_bytes() == (
        made[1] / records.TOKENIZER
    ).read_bytes()
    before, after = map(passages, outputs)
    assert before.keys() == after.keys()
    others = {changed}
    if changed == "new.txt":  # may push one work out of test, and one out of validation
        moved = splits(before).items() - splits(after).items()
        assert len(moved) <= 2
        others |= {work for work, _ in moved}
    for name in before:
        same = [[it for it in found[name] if it.work not in others] for found in (before, after)]
        assert same[0] == same[1]
    assert before != after


def splits(files: dict[str, list[Passage]]) -> dict[str, str]:
    return {it.work: name.split("-")[0] for name, found in files.items() for it in found}


def test_a_dry_run_reports_and_writes_nothing(
    made: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for output in ((), ("--output", str(tmp_path / "deep" / "data"))):
        assert run(["--input", str(made[0]), "--dry_run", *output, *SMALL]) == 0
        said = capfd.readouterr().out
        assert "tokens per sentence: median" in said
        assert all(f" {number}.txt\n" in said + "\n" for number in range(12))
        assert not list(tmp_path.iterdir())


@contextlib.contextmanager
def another_job(place: Path) -> Iterator[None]:
    """Another process that holds the lock while it writes."""
    script = (
        "import sys; from pipeline.output import publishing; place = sys.argv[1]\n"
        "with publishing.locked(place), publishing.staging_folder(place):\n"
        " print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(place)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as job:  # fmt: skip
        assert job.stdout is not None
        job.stdout.readline()
        yield
        job.communicate(b"\n")


def test_two_jobs_do_not_write_to_one_place(
    made: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "data"
    with another_job(place):
        before = sorted(os.listdir(tmp_path))
        assert len(before) == 2
        assert run(["--input", str(made[0]), "--output", str(place), *SMALL]) == 1
        assert "another job is writing to this folder" in capfd.readouterr().err
        assert sorted(os.listdir(tmp_path)) == before
    assert not list(tmp_path.iterdir())


def test_what_dead_jobs_left_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "data"
    for name in ("data.x.unfinished", ".data.x.unfinished", ".data.old", ".other.x.unfinished"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    (tmp_path / ".data.lock").touch()
    with publishing.locked(str(place)):
        # It was killed between taking the old data set away and putting the new one there.
        assert (place / "file").read_text() == ".data.old"
    assert sorted(os.listdir(tmp_path)) == [".other.x.unfinished", "data", "data.x.unfinished"]


def test_a_failed_job_leaves_the_old_data_set(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    (place / "file").touch()

    def fail() -> None:
        with publishing.locked(str(place)), publishing.staging_folder(str(place)) as folder:
            Path(folder, "file").write_text("new")
            raise JobError("no")

    with pytest.raises(JobError, match="no"):
        fail()
    assert os.listdir(tmp_path) == ["data"]
    assert (place / "file").read_text() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "times"), [((), 20), (TWO_WORKERS, 6)], ids=["one process", "several processes"]
)
def test_killed_at_any_moment(
    made: tuple[Path, Path], tmp_path: Path, mode: tuple[str, ...], times: int
) -> None:
    whole = contents(made[1])
    place = tmp_path / "data"
    job = command(made[0], place, *SMALL, *mode, "--overwrite")
    began = time.monotonic()
    subprocess.run(job, cwd=ROOT, stderr=subprocess.DEVNULL, check=True)
    duration = time.monotonic() - began
    moments = random.Random(1)
    for _ in range(times):
        with subprocess.Popen(
            job, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            time.sleep(moments.uniform(0.2, 1.05) * duration)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if place.exists():
            assert contents(place) == whole
    subprocess.run(job, cwd=ROOT, stderr=subprocess.DEVNULL, check=True)
    assert contents(place) == whole
    assert os.listdir(tmp_path) == ["data"]
