"""The client without what only POSIX systems have, as a writer on Windows runs it."""

import ast
import io
import json
import pkgutil
import subprocess
import sys
import types

import pytest

import client
from client.messages import LANGUAGES
from client.story.journal import path_for
from client.terminal import escapes
from client.terminal.escapes import enable_escapes
from tests.client.conftest import OPENING, posix
from tests.conftest import ROOT


@pytest.fixture
def run_like_windows(tmp_path):
    def run(*arguments, typed=""):
        result = subprocess.run(
            [sys.executable, "-m", "tests.client.windows_like", *map(str, arguments)],
            input=typed.encode(),
            cwd=ROOT,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        return result.stdout.decode()

    return run


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_every_module_is_imported(run_like_windows):
    names = {module.name for module in pkgutil.walk_packages(client.__path__, "client.")}
    expected = {name for name in names if not name.endswith("__main__")}
    assert set(run_like_windows("imports").splitlines()) == expected
    assert len(expected) > 40


def test_a_session_in_the_terminal_then_again_then_an_export(run_like_windows, server, tmp_path):
    path = tmp_path / "이야기.txt"
    typed = "\n".join([*OPENING, "3", "f 1: 새벽 안개가 걷혔다.", "u", "메모: 등불", "q"])
    shown = run_like_windows("client", path, "--server", server.address, typed=typed)
    assert shown.count("\n9. ") >= 3
    lines = path.read_bytes().decode().split("\n")
    assert lines[:5] == OPENING
    assert lines[6:] == [""]
    assert files(tmp_path) == [path.name, path_for(path).name]
    assert b"\r" not in path.read_bytes() + path_for(path).read_bytes()

    again = run_like_windows("client", path, "--server", server.address, typed="v\n1\nq\n")
    assert lines[5] in again
    assert len(path.read_text("utf-8").splitlines()) == 7
    for kind in ("txt", "md", "epub", "docx"):
        said = run_like_windows("client.export", path, "--to", kind, "--provenance")
        assert str(tmp_path) in said
    assert len(files(tmp_path)) == 6


def test_a_session_for_a_program(run_like_windows, server, tmp_path):
    path = tmp_path / "이야기.txt"
    commands = [
        {"command": "write", "text": " ".join(OPENING)},
        {"command": "ask"},
        {"command": "take", "number": 2},
        {"command": "edit", "number": 1, "text": "고쳤다."},
        {"command": "undo"},
        {"command": "export", "format": "epub"},
        {"command": "quit"},
    ]
    typed = "".join(json.dumps(one) + "\r\n" for one in commands)
    shown = run_like_windows("client", path, "--server", server.address, "--json", typed=typed)
    names = [json.loads(line)["event"] for line in shown.splitlines()]
    assert [name for name in names if name != "done"] == [
        "opened", "changed", "asking", "proposed", "changed", "changed", "changed", "exported",
    ]  # fmt: skip
    assert "\r" not in shown
    assert path.read_text("utf-8").splitlines()[:5] == OPENING


def test_a_session_on_the_page(run_like_windows, server, story_file):
    shown = run_like_windows("page", story_file, server.address)
    assert shown.splitlines() == ["asking proposed", "changed", "changed", "True"]
    assert story_file.read_text("utf-8").splitlines() == OPENING
    assert files(story_file.parent) == [story_file.name, path_for(story_file).name]


@posix
def test_a_session_at_a_keyboard_without_readline(terminal, story_file):
    t = terminal("client", story_file, module="tests.client.windows_like")
    prompt, editing = LANGUAGES["ko"]["prompt"], LANGUAGES["ko"]["edit_prompt"]
    t.wait_for(prompt)
    t.type("등불이 꺼졌다.\r")
    t.wait_for(prompt)
    t.type("e 3\r")
    t.wait_for(LANGUAGES["ko"]["edit_original"].partition("{")[0])
    t.wait_for(editing)
    t.type("고쳐 썼다.\r")
    t.wait_for(prompt)
    t.type("q\r")
    assert t.end() == 0
    lines = story_file.read_text("utf-8").splitlines()
    assert lines == [*OPENING, "등불이 꺼졌다.", "고쳐 썼다."]


def test_learning_while_the_story_is_open(run_like_windows, new_session, story_file, tmp_path):
    pytest.importorskip("sklearn")
    from tests.client.learn.test_learn import MIN_CHOICES, likes_long, write

    write(new_session(story_file), MIN_CHOICES + 5, likes_long)
    weights = tmp_path / "weights.json"
    assert str(weights) in run_like_windows("client.learn", story_file, "--output", weights)
    assert json.loads(weights.read_bytes())["format"] == "soseol-ranking"


def test_files_are_written_as_bytes():
    """Text would get the system's line ends and encoding."""
    for path in sorted((ROOT / "client").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            assert name != "write_text", path
            if name == "open" or (isinstance(node.func, ast.Name) and node.func.id == "open"):
                modes = [a.value for a in node.args if isinstance(a, ast.Constant)]
                assert all("b" in mode for mode in modes if isinstance(mode, str)), path


class Console(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("knows", [True, False])
def test_a_windows_console_is_asked_to_follow_escapes(monkeypatch, knows):
    modes = []
    kernel32 = types.SimpleNamespace(
        GetStdHandle=lambda number: number,
        GetConsoleMode=lambda handle, mode: 1,
        SetConsoleMode=lambda handle, mode: modes.append((handle, mode.value)) or knows,
    )
    monkeypatch.setattr("ctypes.windll", types.SimpleNamespace(kernel32=kernel32), raising=False)
    monkeypatch.setattr(escapes, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setenv("TERM", "")
    assert enable_escapes(Console()) == knows
    assert modes == [(-11, 4)]
    assert not enable_escapes(io.StringIO())
