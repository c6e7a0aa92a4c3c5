"""``--record`` writes what a benchmark printed, with its command, and keeps the notes; numbers."""

import argparse
import ast
import sys

import pytest

from benchmarks import record
from tests.conftest import ROOT
from trainer.arguments import positive, whole_number


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


def test_results_are_written_only_on_request_and_success(run, capsys):
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


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "one", ""])
def test_whole_numbers_out_of_range_are_refused(text):
    with pytest.raises(
        argparse.ArgumentTypeError, match=f"{text}' is not a whole number of 1 or more"
    ):
        whole_number(1)(text)


@pytest.mark.parametrize("text", ["0", "-0.5", "nan", "inf", "many"])
def test_numbers_that_are_not_above_0_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}' is not a number above 0"):
        positive(text)


def test_numbers_in_range_are_read():
    assert whole_number(0)("0") == 0
    assert positive("0.5") == 0.5


def test_every_benchmark_has_a_file_of_results_that_says_what_it_measures():
    programs = {
        path.stem
        for path in (ROOT / "benchmarks").glob("*.py")
        if "record.run(main)" in path.read_text("utf-8") and path.stem != "record"
    }
    results = list((ROOT / "benchmarks" / "results").glob("*.md"))
    assert {path.stem for path in results} == programs
    for path in results:
        program = (ROOT / "benchmarks" / f"{path.stem}.py").read_text("utf-8")
        about = (ast.get_docstring(ast.parse(program)) or "").splitlines()[0]
        assert path.read_text("utf-8").startswith(f"# {path.stem}\n\n{about}\n\n```sh\n")
