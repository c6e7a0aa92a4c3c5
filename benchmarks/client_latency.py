"""The client's own latency: CPU time to the first prompt, and time per turn beyond the server's.

A fake server in its own process returns made-up sentences after 100 ms, and embeddings (256
numbers each) and scores at once. What a turn takes beyond the 100 ms is the client's: requests,
parsing, ranking, writing to disk. "page's server" is the same turn through the page's session: on
another thread, and with the state of the whole story in the answer. "in Chromium" is what a writer
waits for, from the key that accepts a candidate to the next ten in the list, by the browser's clock
(a MutationObserver): accepting, two HTTP requests and drawing the list. The story has 1,000
sentences. Times are medians; on a machine with other load, CPU time and the best turn tell more.

Command (skips Chromium where it or Playwright is not installed):

    python -m benchmarks.client_latency --turns 40
"""

import asyncio
import contextlib
import multiprocessing
import os
import pty
import random
import resource
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import record
from client.remote.model import Model
from client.remote.sampling import Sampling
from client.session.actions import Ask, Take
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.story import Story
from client.web.page_messages import LANGUAGES
from client.web.shared_session import ActionRequest, SharedSession
from tests.client import conftest
from trainer.arguments import whole_number

ROOT = Path(__file__).resolve().parent.parent
ANSWER_SECONDS = 0.1
WIDTH = 256
SENTENCES = 1_000
PROMPT = "첫머리 1/5> ".encode()
# No particles, which the filters could take for broken ones.
SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"

# Records the milliseconds from a key press until the list is ready again.
WATCH = """
window.turns = [];
let pressed = 0;
addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
addEventListener("DOMContentLoaded", () => {
  const list = document.getElementById("candidates");
  new MutationObserver(() => {
    if (!pressed || list.ariaBusy !== "false" || !list.children.length) return;
    window.turns.push(performance.now() - pressed);
    pressed = 0;
  }).observe(list, { attributes: true, childList: true });
});
"""


def random_sentences(seed: object, avoid: object = ()) -> list[str]:
    """Return ten random sentences; any two share almost no bigrams."""
    draw = random.Random(repr(seed))
    words = (("".join(draw.choices(SYLLABLES, k=4)) for _ in range(5)) for _ in range(10))
    return [f"{' '.join(sentence)}다." for sentence in words]


def _serve(report: Connection) -> None:
    """Answer model requests; send the number of `sample` requests whenever asked for "draws"."""
    conftest.WIDTH = WIDTH
    conftest.sentences = random_sentences
    server = conftest.ModelServer()

    def answer(signature: str, inputs: Any) -> Any:
        if signature in ("suggest", "sample"):
            time.sleep(ANSWER_SECONDS)
        return server.compute(signature, inputs)

    server.answer = answer
    report.send(server.address)
    while report.recv() == "draws":
        report.send(len(server.asked_for("sample")))


class Server:
    """The fake model server, in its own process."""

    def __init__(self) -> None:
        self._here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(there,))
        self._process.start()
        self.address: str = self._here.recv()

    def draws(self) -> int:
        """Return the number of `sample` requests so far."""
        self._here.send("draws")
        return int(self._here.recv())

    def end(self) -> None:
        """End the process."""
        self._here.send("end")
        self._process.join()


@contextlib.contextmanager
def run_server() -> Iterator[Server]:
    """Run a fake server; ends it on exit."""
    server = Server()
    try:
        yield server
    finally:
        server.end()


def first_prompt(address: str, folder: Path) -> tuple[float, float]:
    """Return CPU and wall seconds from starting the client to its first prompt."""
    master, slave = pty.openpty()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "client", str(folder / "new.txt"), "--server", address],
        cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    seen = b""
    while PROMPT not in seen:
        select.select([master], [], [])
        seen += os.read(master, 65536)
    seconds = time.perf_counter() - start
    process.kill()
    process.wait()
    os.close(master)
    os.close(slave)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, seconds


def write_story(folder: Path) -> Path:
    """Write a long story; return its path."""
    path = folder / "long.txt"
    lines = [line for part in range(SENTENCES // 10) for line in random_sentences(part)]
    path.write_text("\n".join(lines), "utf-8")
    return path


def turns(count: int, ask: Callable[[], None], take: Callable[[], None]) -> str:
    """Ask and take ``count`` times; describe the time of asking beyond the server's."""
    clock, processor = [], []
    for turn in range(count + 1):
        start, used = time.perf_counter(), time.process_time()
        ask()
        if turn:  # the first one connects
            clock.append(time.perf_counter() - start - ANSWER_SECONDS)
            processor.append(time.process_time() - used)
        take()
    return f"{describe(clock)}, {1000 * statistics.median(processor):.1f} ms of CPU time"


def describe(seconds: Sequence[float]) -> str:
    """Return the median and the minimum as text."""
    return f"{1000 * statistics.median(seconds):.1f} ms, at best {1000 * min(seconds):.1f} ms"


def in_the_terminal(session: Session, count: int) -> str:
    """Measure the session alone, as the terminal and programs use it."""

    def do(action: Any) -> None:
        for _ in session.handle(action):
            pass

    return turns(count, lambda: do(Ask("first", anyway=True)), lambda: do(Take(1)))


def in_page_server(session: Session, count: int) -> str:
    """Measure it in the page's server: on another thread, with the state of the whole story."""
    shared = SharedSession(session, LANGUAGES["ko"], "ko")
    loop = asyncio.new_event_loop()

    def do(action: Any, expected: str | None = None) -> None:
        loop.run_until_complete(
            shared.perform(ActionRequest(action, session.story.state, expected))
        )

    result = turns(
        count,
        lambda: do(Ask("first", anyway=True)),
        lambda: do(Take(1), session.ranked[0].candidate.text),
    )
    shared.close()
    loop.close()
    return result


def in_chromium(address: str, story: Path, count: int) -> str:
    """Measure the time from a writer's key press to the next ten candidates."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return "not measured: pip install playwright"
    if not chromium:
        return "not measured: apt install chromium"
    command = [sys.executable, "-m", "client.web", str(story), "--port", "0", "--server", address]
    page_server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert page_server.stdout
    url = next(word for word in page_server.stdout.readline().split() if word.startswith("http"))
    try:
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            page = playwright.chromium.launch(executable_path=chromium, args=sandbox).new_page()
            page.add_init_script(WATCH)
            page.goto(url)
            page.wait_for_selector(".sentence")
            for turn in range(count + 1):
                page.keyboard.press("1" if turn else "Tab")  # the first one connects
                while page.evaluate("turns.length") <= turn:
                    page.wait_for_timeout(10)
            waited = page.evaluate("turns")[1:]
    finally:
        page_server.terminate()
        page_server.wait()
    return describe([one / 1000 - ANSWER_SECONDS for one in waited])


def main() -> None:
    """Measure and print the figures."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--turns", type=whole_number(1), default=40, help="of each kind (default: 40)"
    )
    parser.add_argument(
        "--starts", type=whole_number(1), default=7, help="of the client (default: 7)"
    )
    options = parser.parse_args()
    with run_server() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = [first_prompt(server.address, folder) for _ in range(options.starts)]
        used, seconds = (statistics.median(column) for column in zip(*starts, strict=True))
        print(f"first prompt  {used:.2f} s of CPU time, {seconds:.2f} s", flush=True)
        path = write_story(folder)
        story = Story.open(str(path))
        model = Model([server.address], "soseol", 30)
        session = Session(story, Proposer(model, Sampling(), 1))
        print("a turn       ", in_the_terminal(session, options.turns), flush=True)
        print("page's server", in_page_server(session, options.turns), flush=True)
        story.close()
        model.close()
        asked = server.draws()
        print("in Chromium  ", in_chromium(server.address, path, options.turns))
        again = server.draws() - asked
        if asked != 2 * (options.turns + 1) or again not in (0, options.turns + 1):
            sys.exit("some turns sent more than one request, so these figures are not per request")


if __name__ == "__main__":
    sys.exit(record.run(main))
