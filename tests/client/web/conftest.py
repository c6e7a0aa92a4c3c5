"""The page, in this process without a browser, or in a process of its own with Chromium."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from starlette.testclient import TestClient

from client.web.app import application
from client.web.page_messages import LANGUAGES
from client.web.security import SecurityMiddleware
from client.web.shared_session import SharedSession
from tests.conftest import ROOT

ORIGIN = "http://localhost"


class Window(TestClient):
    """A browser without a screen: keeps cookies, says where its requests come from."""

    def look(self):
        return self.get("/state").raise_for_status().json()

    def act(self, command, place="now", expected=None, **fields):
        shown = self.look()
        if command == "take" and expected is None:
            expected = shown["candidates"][fields["number"] - 1]["text"]
        wish = {
            "action": {"command": command, **fields},
            "place": shown["place"] if place == "now" else place,
            "expected": expected,
        }
        return self.post("/act", json=wish).raise_for_status().json()


@pytest.fixture
def new_window():
    """Open a window on a session's page, protected as ``python -m client.web`` does it."""
    opened = []

    def open_window(session, token=None, names=(), language="ko"):
        shared = SharedSession(session, LANGUAGES[language], language)
        app = SecurityMiddleware(application(shared, language), names, 8580, token)
        window = Window(
            app,
            ORIGIN,
            headers={"Origin": ORIGIN},
            follow_redirects=False,
        ).__enter__()  # one event loop for all of its requests
        window.shared = shared
        opened.append((window, shared))
        return window

    yield open_window
    for window, shared in opened:
        window.__exit__(None, None, None)
        shared.close()


@pytest.fixture
def window(new_window, session):
    return new_window(session)


class PageProcess:
    """``python -m client.web``, ready to be opened."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "client.web", "--port", "0", *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert "http" in line, self.process.communicate()[1]
        self.url = next(word for word in line.split() if word.startswith("http"))

    def end(self, number=signal.SIGTERM):
        """Return the exit code and what it said."""
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=20)
        return self.process.returncode, out, errors


@pytest.fixture
def serve_page(server):
    begun = []

    def start(story, *arguments, address=server.address):
        begun.append(PageProcess(story, "--server", address, *arguments))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="module")  # not longer: its event loop is in the way of others in this thread
def chromium():
    """Debian's Chromium, driven by Playwright."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("needs Chromium: apt install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def new_writer(chromium):
    from tests.client.web.writer import Writer, expected

    contexts, writers = [], []

    def come(**options):
        contexts.append(chromium.new_context(locale="ko-KR", **options))
        writers.append(Writer(contexts[-1].new_page()))
        return writers[-1]

    yield come
    for context in contexts:
        context.close()
    assert not [error for one in writers for error in one.errors if not expected(error)]


@pytest.fixture
def writer(new_writer):
    return new_writer(viewport={"width": 1200, "height": 800})
