"""``soseol``: each subcommand does what ``python -m …`` does, and what is missing is named."""

import os
import subprocess
import sys

import pytest

from client.launcher import COMMANDS
from pipeline.version import __version__
from tests.conftest import ROOT

LAUNCHER = ("-m", "client.launcher")


def run(*arguments, folder=ROOT, check=0, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **variables}
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120,
        check=False,
    )  # fmt: skip
    assert result.returncode == check, result.stderr
    return result


def original(name):
    """What ``python`` is given to run the same without the launcher."""
    module = COMMANDS[name].module
    return ("-m", module) if module else ("examples/demo.py",)


def test_the_list_of_commands():
    assert set(COMMANDS) == {
        "write", "page", "export", "learn", "serve", "train", "evaluate", "pipeline", "demo"
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_that_of_the_module(name):
    assert run(*LAUNCHER, name, "--help").stdout == run(*original(name), "--help").stdout != ""


@pytest.mark.parametrize("name", ["write", "serve", "train", "demo"])
def test_bad_usage_is_that_of_the_module(name, tmp_path):
    bad = run(*LAUNCHER, name, "--no_such_option", check=2)
    assert bad.stderr == run(*original(name), "--no_such_option", check=2).stderr != ""


def test_the_overview_is_korean_unless_english_is_asked_for():
    overview = run(*LAUNCHER).stdout
    assert overview == run(*LAUNCHER, "--help").stdout == run(*LAUNCHER, "-h").stdout
    assert "사용법" in overview
    english = run(*LAUNCHER, "--lang", "en", "--help").stdout
    assert english == run(*LAUNCHER, "--help", "--lang=en").stdout
    assert "usage" in english
    for name in COMMANDS:
        assert f"\n  {name} " in overview
        assert f"\n  {name} " in english


def test_the_overview_needs_no_dependency():
    code = "import sys, client.launcher as it; it.main([]); print(*sys.modules, file=sys.stderr)"
    loaded = run("-c", code).stderr.split()
    assert not {"grpc", "google", "numpy", "tensorflow", "apache_beam"} & set(loaded)


def test_the_version():
    assert run(*LAUNCHER, "--version").stdout == f"soseol {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nothing"),
        (["--nothing"], "--nothing"),
        (["--lang", "fr"], "--lang"),
        (["--lang"], "--lang"),
        (["--lang", "en", "nothing"], "no command"),
    ],
)
def test_bad_usage_is_one_line(arguments, said):
    result = run(*LAUNCHER, *arguments, check=2)
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
    assert "--help" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="closes a stream as a POSIX shell does")
@pytest.mark.parametrize("arguments", ["--help", "write --help"])
def test_closed_output_is_no_error(arguments):
    command = f'exec "{sys.executable}" {" ".join(LAUNCHER)} {arguments} >&-'
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert (result.returncode, result.stderr) == (0, b"")


def test_the_language_reaches_the_clients_commands():
    assert run(*LAUNCHER, "--lang", "en", "write", "--help").stdout == (
        run("-m", "client", "--lang", "en", "--help").stdout
    )


def hide(folder, *packages):
    """Make packages look as if they were not installed."""
    code = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {packages!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    (folder / "sitecustomize.py").write_text(code, "utf-8")
    return os.pathsep.join([str(folder), str(ROOT)])


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("write", "grpc", "pip install"),
        ("page", "starlette", '".[web]"'),
        ("serve", "tensorflow", '".[serving]"'),
        ("train", "tensorflow", '".[trainer]"'),
        ("pipeline", "apache_beam", '".[pipeline]"'),
    ],
)
def test_a_missing_extra_is_named_in_one_line(name, package, install, tmp_path):
    path = hide(tmp_path, package)
    code = f"import runpy, sys; sys.argv = ['soseol', {name!r}]; from client import launcher\n"
    code += f"launcher.runpy.run_module = lambda *_, **__: __import__({package!r})\n"
    code += "sys.exit(launcher.main())"
    result = run("-c", code, check=1, PYTHONPATH=path)
    assert result.stderr.count("\n") == 1
    assert install in result.stderr
    assert package in result.stderr


def test_the_demo_outside_a_checkout(tmp_path):
    code = "import pathlib, sys; from client import launcher as it; it.DEMO = pathlib.Path('no')\n"
    code += "sys.exit(it.main(['--lang', 'en', 'demo']))"
    result = run("-c", code, check=1)
    assert (
        result.stderr
        == "soseol: The demo is part of the source. Run make demo in the source folder.\n"
    )
