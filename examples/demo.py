"""The whole chain, from novels to a story: ``make demo`` or ``soseol demo``.

Each stage runs the command that a user would type. Finished stages are kept under ``demo/`` and
reused until the novels change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STAGES = 5
SERVER_TIMEOUT = 180  # seconds until the server must be ready
SMALL_CORPUS = 600_000  # bytes; below, a small vocabulary and more dropout against overfitting
READY = re.compile(r"ready on (\S+:\d+)")


class DemoError(Exception):
    """A stage failed; the message is for the user."""


class Demo:
    """The stages for one folder of novels.

    Args:
        novels: folder of novels.
        work: folder for the output of the stages.
        minutes: limit on training time; None for the preset's.
    """

    def __init__(self, novels: Path, work: Path, minutes: float | None):
        self.novels, self.minutes = novels, minutes
        self.data, self.run, self.models = work / "data", work / "run", work / "models"
        self.story, self.log = work / "story.txt", work / "server.log"

    def prepare(self) -> None:
        """Turn the novels into TFRecords."""
        if self._reused(
            1, "소설 읽기", "reading the novels", (self.data / "dataset.json").exists()
        ):
            return
        size = self._bytes()
        vocabulary = 2000 if size < SMALL_CORPUS else 4000 if size < 5 * SMALL_CORPUS else 8000
        self._call("pipeline", f"--input={self.novels}", f"--output={self.data}",
                   f"--vocab_size={vocabulary}")  # fmt: skip

    def train(self) -> None:
        """Train on the TFRecords."""
        states = self.run.glob("checkpoints/step-*/state.json")
        finished = any(json.loads(path.read_text())["finished"] for path in states)
        if self._reused(2, "모델 학습", "training the model", finished):
            return
        limit = [] if self.minutes is None else [f"--minutes={self.minutes}"]
        dropout = 0.3 if self._bytes() < SMALL_CORPUS else 0.1
        self._call(
            "trainer", f"--data={self.data}", f"--output={self.run}", f"--dropout={dropout}", *limit
        )

    def export(self) -> None:
        """Export the weights as a SavedModel."""
        done = (self.models / "1").is_dir()
        if not self._reused(3, "모델 내보내기", "exporting the model", done):
            self._call(
                "trainer.export",
                f"--run={self.run}",
                f"--output={self.models}",
                f"--data={self.data}",
            )

    def write(self) -> None:
        """Start a server and write with it."""
        _say(4, "서버 시작", "starting the server")
        command = [sys.executable, "-m", "serving", "--port=0", "--model_name=soseol",
                   f"--model_base_path={self.models}"]  # fmt: skip
        with (
            self.log.open("wb") as log,
            subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            ) as server,
        ):
            try:
                address = self._address(server)
                _say(5, "함께 쓰기", "writing together")
                self._session(address)
            finally:
                server.send_signal(signal.SIGTERM)

    def _bytes(self) -> int:
        return sum(path.stat().st_size for path in _files(self.novels))

    def _session(self, address: str) -> None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            self._call("client", str(self.story), f"--server={address}")
            return
        # Nobody is there to choose: play ten turns automatically, always from the same opening.
        played = self.story.with_name("auto-story.txt")
        for old in (played, played.with_name(f"{played.name}.journal")):
            old.unlink(missing_ok=True)
        self._call(
            "client", str(played), f"--opening={HERE / 'opening.txt'}", f"--server={address}",
            "--auto=10", "--seed=1",
        )  # fmt: skip

    def _address(self, server: subprocess.Popen[str]) -> str:
        """Wait for the server's ready line; return the address in it."""
        assert server.stdout is not None
        timeout = threading.Timer(SERVER_TIMEOUT, server.kill)
        timeout.start()
        try:
            for line in server.stdout:
                if found := READY.search(line):
                    return found[1]
        finally:
            timeout.cancel()
        raise DemoError(f"서버가 시작되지 않았습니다: {self.log} (the server did not start)")

    def _call(self, module: str, *arguments: str) -> None:
        start = time.monotonic()
        code = subprocess.call([sys.executable, "-m", module, *arguments], cwd=ROOT)
        if code:
            raise DemoError(
                f"python -m {module} 명령이 실패했습니다, 종료 코드 {code} (the command failed)"
            )
        if module != "client":
            print(f"      {time.monotonic() - start:.0f} s", flush=True)

    @staticmethod
    def _reused(stage: int, korean: str, english: str, finished: bool) -> bool:
        _say(stage, korean, english, " - 이전 결과 사용 (reused)" if finished else "")
        return finished


def main() -> int:
    """Run the stages that are not finished yet; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="examples/demo.py",
        description="예제 소설이나 --novels의 소설로 전 과정을 실행합니다. "
        "다시 실행하면 이어집니다. "
        "(Runs the whole chain on the sample stories or on --novels. Run it again to resume.)",
    )
    parser.add_argument(
        "--novels", type=Path, default=HERE / "novels", help="소설 폴더 (folder of novels)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / "demo",
        help="결과를 저장할 폴더 (folder for the results)",
    )
    parser.add_argument("--minutes", type=_minutes, help="학습 시간, 분 (limit on training time)")
    options = parser.parse_args()
    novels = options.novels.expanduser().resolve()
    if not novels.is_dir():
        print(f"demo: {novels} 폴더가 없습니다 (there is no such folder)", file=sys.stderr)
        return 2
    work = options.work / f"{novels.name}-{_fingerprint(novels)}"
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"demo: {work} 폴더를 만들 수 없습니다 ({error.strerror})", file=sys.stderr)
        return 1
    demo = Demo(novels, work, options.minutes)
    try:
        for stage in (demo.prepare, demo.train, demo.export, demo.write):
            stage()
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\ndemo: 중단했습니다. 다시 실행하면 이어집니다 (stopped; run it again to resume)",
            file=sys.stderr,
        )
        return 130
    return 0


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _files(novels: Path) -> list[Path]:
    return sorted(path for path in novels.rglob("*") if path.is_file())


def _fingerprint(novels: Path) -> str:
    """A hash of the novels' names, sizes and times: a change of novels reuses nothing."""
    state = [
        (str(path.relative_to(novels)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in _files(novels)
    ]
    return hashlib.sha256(repr((str(novels), state)).encode()).hexdigest()[:8]


def _say(stage: int, korean: str, english: str, more: str = "") -> None:
    print(f"[{stage}/{STAGES}] {korean} ({english}){more}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
