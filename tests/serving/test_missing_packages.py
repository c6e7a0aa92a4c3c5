"""Without its extra, the server says in one line what to install."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

HOW = 'is not installed; install it with: pip install -c constraints.txt ".[serving]"\n'


def _run_without(package: str, *flags: str, platform: str = sys.platform):
    """Run the command where ``package`` cannot be imported."""
    program = (
        "import logging, signal, socket, sys, threading; from serving.__main__ import main; "
        f"sys.modules[{package!r}] = None; sys.platform = {platform!r}; sys.exit(main({flags!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("package", ["grpc", "tensorflow_serving", "tensorflow"])
def test_one_line_says_what_to_install(tmp_path, package):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()
    done = _run_without(package, f"--model_base_path={tmp_path}", "--port=0")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"serving: {package} {HOW}"


def test_on_windows_it_says_where_the_server_runs():
    done = _run_without("grpc", "--model_base_path=m", platform="win32")
    assert done.returncode == 1
    assert done.stderr == (
        "serving: grpc is not installed; the server needs WSL or a container, because "
        "tensorflow-text has no Windows wheels (docs/serving.md)\n"
    )


def test_a_module_of_our_own_that_is_missing_is_a_bug():
    done = _run_without("serving.main")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
