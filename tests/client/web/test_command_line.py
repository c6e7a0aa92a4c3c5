"""``python -m client.web`` from its start to its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from client.story.story import Story
from client.web import endpoint
from client.web.endpoint import MIN_TOKEN_LENGTH, is_loopback
from tests.client.conftest import OPENING
from tests.conftest import ROOT


@pytest.fixture
def refuse(server):
    """Run the page where it cannot start; return its one line."""

    def run(*arguments, code=1, environment=()):
        result = subprocess.run(
            [sys.executable, "-m", "client.web", "--server", server.address, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **dict(environment)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (result.returncode, result.stdout) == (code, "")
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr

    return run


def test_a_port_that_is_taken(refuse, story_file):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}: 다른 프로그램이" in refuse(story_file, "--port", port)
    Story.open(str(story_file)).close()  # nobody holds it


def test_a_host_that_is_not_here(refuse, story_file):
    assert "--host" in refuse(story_file, "--host", "192.0.2.1")
    assert "--host" in refuse(story_file, "--host", "no such name")


def test_bad_arguments(refuse, story_file, tmp_path):
    assert "65535" in refuse("--port", "99999", code=2)
    assert "--colour" in refuse("--colour", "red", "--lang", "en", code=2)
    short = tmp_path / "token"
    short.write_text("x" * (MIN_TOKEN_LENGTH - 1))
    assert str(MIN_TOKEN_LENGTH) in refuse(story_file, "--page_token_file", short)
    short.write_text("짧지는 않지만 글자가 맞지 않는 토큰입니다")
    assert str(MIN_TOKEN_LENGTH) in refuse(story_file, "--page_token_file", short)
    assert "읽을 수 없습니다" in refuse(story_file, "--page_token_file", tmp_path / "none")


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "jinja2"])
def test_without_its_packages_it_says_what_to_install(package, story_file):
    code = (
        f"import sys; sys.modules[{package!r}] = None; from client.web.__main__ import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    for language, said in (("ko", "웹 페이지를 열려면"), ("en", "The web page needs")):
        result = subprocess.run(
            [sys.executable, "-c", code, story_file, "--lang", language],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(said)
        assert result.stderr.endswith(': pip install -c constraints.txt ".[web]"\n')
        assert f" {package} " in result.stderr or f" {package}:" in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("platform", "option"), [("linux", "SO_REUSEADDR"), ("win32", "SO_EXCLUSIVEADDRUSE")]
)
def test_a_taken_port_stays_taken_on_every_system(platform, option, monkeypatch):
    """On Windows SO_REUSEADDR would let a second program listen on the same port."""
    monkeypatch.setattr(endpoint.sys, "platform", platform)
    monkeypatch.setattr(endpoint.socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEPORT, raising=False)
    with endpoint.listen("127.0.0.1", 0) as listener:
        chosen = getattr(endpoint.socket, option)
        assert listener.getsockopt(socket.SOL_SOCKET, chosen) == 1
        others = {socket.SO_REUSEADDR, socket.SO_REUSEPORT} - {chosen}
        assert not any(listener.getsockopt(socket.SOL_SOCKET, other) for other in others)


def test_a_story_is_open_once(refuse, serve_page, story_file):
    serve_page(story_file)
    assert "지금 다른 곳에서 열려 있습니다" in refuse(story_file, "--port", "0")


def test_no_model_server(story_file):
    command = [sys.executable, "-m", "client.web", story_file, "--server", "localhost:1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "localhost:1에 모델 서버가 없습니다" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_mid_turn_too(serve_page, server, story_file, number):
    page = serve_page(story_file)
    server.hold.clear()
    body = '{"action": {"command": "ask"}, "place": 0, "expected": null}'
    origin = page.url.rstrip("/")
    request = urllib.request.Request(f"{origin}/act", body.encode(), {"Origin": origin})
    waiting = subprocess.Popen([sys.executable, "-c", ASK, request.full_url, body, origin])
    watching = urllib.request.urlopen(f"{origin}/events")  # a window that looks on
    assert server.asked.wait(10)
    begun = time.monotonic()
    assert page.end(number) == (0, f"이야기를 저장했습니다: {story_file} (5문장)\n", "")
    assert time.monotonic() - begun < 3
    waiting.wait(10)
    watching.close()
    assert story_file.read_text("utf-8").splitlines() == OPENING


ASK = """
import sys, urllib.request
url, body, origin = sys.argv[1:]
urllib.request.urlopen(urllib.request.Request(url, body.encode(), {"Origin": origin}))
"""


def get(url, **headers):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status
    except urllib.error.HTTPError as error:
        return error.code


def test_beyond_this_machine_it_needs_a_token(serve_page, story_file):
    page = serve_page(story_file, "--host", "0.0.0.0", "--lang", "en")
    address, token = re.fullmatch(r"http://[^:]+(:\d+/)\?token=([\w-]{32,})", page.url).groups()
    here = f"http://127.0.0.1{address}"
    assert get(here) == get(f"{here}state") == get(f"{here}?token=x") == 401
    assert get(f"{here}?token={token}") == 401  # led on without the cookie, which urllib drops
    cookie = f"soseol-{address.strip(':/')}={token}"
    assert get(f"{here}state", Cookie=cookie) == 200
    assert get(f"{here}state", Cookie=cookie, Host="evil.example") == 421
    code, _, errors = page.end()
    assert code == 0
    assert "not encrypted" in errors


def test_a_token_of_ones_own_on_this_machine(serve_page, story_file, tmp_path):
    (tmp_path / "token").write_text("a-token-of-my-own-1\n")
    page = serve_page(story_file, "--page_token_file", tmp_path / "token")
    assert page.url.endswith("?token=a-token-of-my-own-1")
    assert get(page.url.split("?")[0]) == 401


def test_an_opening_from_a_file(serve_page, tmp_path):
    (tmp_path / "opening.txt").write_text("\n".join(OPENING), "utf-8")
    page = serve_page(tmp_path / "new.txt", "--opening", tmp_path / "opening.txt")
    assert page.end()[0] == 0
    assert (tmp_path / "new.txt").read_text("utf-8").splitlines() == OPENING


def test_a_page_without_a_sentence_leaves_no_file(serve_page, tmp_path):
    assert serve_page(tmp_path / "new.txt").end() == (0, "쓴 문장이 없습니다.\n", "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_loopback():
    assert all(map(is_loopback, ["127.0.0.1", "127.8.8.8", "::1", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "", "192.168.0.1", "localhost.example"]))


def test_a_story_that_cannot_be_saved_is_shown(serve_page, story_file):
    page = serve_page(story_file)
    story_file.unlink()
    story_file.mkdir()
    origin = page.url.rstrip("/")
    wish = {"action": {"command": "write", "text": "갈 곳이 없다."}, "place": 0, "expected": None}
    request = urllib.request.Request(f"{origin}/act", json.dumps(wish).encode(), {"Origin": origin})
    events = json.load(urllib.request.urlopen(request))["events"]
    assert [event["event"] for event in events] == ["changed", "problem"]
    code, out, errors = page.end()
    assert code == 1
    assert out.splitlines() == [*OPENING, "갈 곳이 없다."]
    assert "복사해 두십시오" in errors
