"""``--record``: what a benchmark printed, with its command; notes that stand there are kept."""

import sys

import pytest

from benchmarks import record
from tests.conftest import ROOT


def measure():
    print("ours    1.00\npeer    1.40")


def failing():
    print("ours    1.00")
    return 1


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path)

    def run(main, *arguments):
        monkeypatch.setattr(sys, "argv", ["measure", *arguments])
        code = record.run(main)
        found = list(tmp_path.glob("*.md"))
        return code, found[0].read_text("utf-8") if found else None

    return run


def test_results_are_written_only_when_asked_for_and_successful(run, capsys):
    assert run(measure, "--steps", "9") == (0, None)
    assert capsys.readouterr().out == "ours    1.00\npeer    1.40\n"
    assert run(failing, "--record") == (1, None)


def test_a_new_result_replaces_the_old_one_and_keeps_the_notes(run, tmp_path, capsys):
    code, text = run(measure, "--record", "--data", "my data")
    assert code == 0
    assert "ours    1.00\npeer    1.40\n" in text
    assert "python -m benchmarks.test_record --data 'my data'\n" in text
    assert capsys.readouterr().out.startswith("ours")
    (path,) = tmp_path.glob("*.md")
    path.write_text(text.replace("1.40", "1.20") + "\n## Notes\n\nTwo cores.\n", "utf-8")
    _, again = run(measure, "--record", "--data", "my data")
    assert "1.40" in again
    assert "1.20" not in again
    assert again.endswith("```\n\n## Notes\n\nTwo cores.\n")


def test_every_benchmark_has_its_result():
    programs = {
        path.stem
        for path in (ROOT / "benchmarks").glob("*.py")
        if "record.run(main)" in path.read_text("utf-8") and path.stem != "record"
    }
    assert {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.md")} == programs
