"""A package of the extra is missing: one line says how to install it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Hides a package, then runs a module as `python -m` does.
RUN = """
import runpy, sys
sys.modules[sys.argv[1]] = None
module = sys.argv[2]
sys.argv[1:] = sys.argv[3:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def run(hidden: str, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, hidden, module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("module", ["pipeline", "pipeline.inspect"])
@pytest.mark.parametrize("package", ["apache_beam", "sentencepiece"])
def test_a_missing_package_is_named(module: str, package: str) -> None:
    result = run(package, module, "--help")
    assert result.returncode == 1
    assert result.stderr == (
        f"{module}: {package} is not installed; install it with: "
        'pip install -c constraints.txt ".[pipeline]"\n'
    )
    assert not result.stdout


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    result = run("pipeline.command", "pipeline")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_soynlp_is_missed_before_the_work_begins(novels: Path, tmp_path: Path) -> None:
    arguments = ("--input", str(novels), "--output", str(tmp_path / "data"))
    result = run("soynlp", "pipeline", *arguments)
    assert result.returncode == 1
    assert result.stderr == (
        'pipeline: soynlp is not installed; install it with: pip install -c constraints.txt ".'
        '[pipeline]"\n'
    )
