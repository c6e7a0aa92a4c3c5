"""The demo, from novels to a finished story, on four short stories."""

import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT, SAMPLE


def demo(novels, work):
    command = [
        sys.executable, "examples/demo.py", "--novels", str(novels), "--work", str(work),
        "--minutes", "0.25",
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_novels_become_a_story(tmp_path):
    novels, work = tmp_path / "novels", tmp_path / "work"
    novels.mkdir()
    for path in sorted(SAMPLE.glob("*.txt"))[:4]:
        shutil.copy(path, novels)

    first = demo(novels, work)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Traceback" not in first.stderr
    (made,) = work.iterdir()
    assert (made / "data" / "dataset.json").is_file()
    assert (made / "models" / "1" / "saved_model.pb").is_file()
    story = (made / "auto-story.txt").read_text().splitlines()
    opening = (ROOT / "examples" / "opening.txt").read_text().splitlines()
    assert story[:5] == opening
    assert len(story) == 15
    assert len(set(story)) == 15
    assert all(sentence in first.stdout for sentence in story)

    # A second run reuses every result, and the same seed writes the same story.
    second = demo(novels, work)
    assert second.returncode == 0, second.stdout + second.stderr
    assert second.stdout.count("reused") == 3
    assert (made / "auto-story.txt").read_text().splitlines() == story


def test_a_folder_that_is_not_there_or_holds_no_novel(tmp_path):
    missing = demo(tmp_path / "none", tmp_path / "work")
    assert missing.returncode == 2
    assert str(tmp_path / "none") in missing.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = demo(empty, tmp_path / "work")
    assert nothing.returncode == 1
    assert "Traceback" not in nothing.stderr
    assert str(empty) in nothing.stderr


@pytest.mark.parametrize(
    ("option", "value", "code", "said"),
    [
        ("--minutes", "0", 2, "'0' is not a number above 0"),
        ("--minutes", "nan", 2, "'nan' is not a number above 0"),
        ("--novels", "nowhere", 2, "nowhere"),
        ("--work", "README.md", 1, "Not a directory"),
    ],
)
def test_bad_usage_of_the_demo(option, value, code, said):
    done = subprocess.run(
        [sys.executable, "examples/demo.py", option, value],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
