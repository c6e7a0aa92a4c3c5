"""A general model becomes one author's: bits a character on a held-out work of that author.

A general model learns from the novels of everybody else, and with it the vocabulary. It goes on,
with `--init_from`, on the author's other works (encoded with `python -m pipeline --tokenizer`), for
some steps; another model learns from these works alone, for as many, and one more for as many as
both together. Equal steps stand for equal time, also on a busy machine: a `tiny` model takes 270 a
minute of one core. Every model is `--preset`'s, the best weights by one validation work of the
author are kept (those of the general model by its own validation works), and all are measured on
the same held-out work. Novels are files named `author_title.txt`.

Command (needs the shared corpus beside the repository; the same command goes on where it was
stopped, for --build/progress.json says what is done):

    python -m benchmarks.one_author --build build/one_author --author 김유정 --held_out 만무방 \\
        --general_steps 4000 --steps 800 --precision bfloat16
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import record
from trainer.configuration import write_atomically

ROOT = Path(__file__).resolve().parent.parent
NOVELS = ROOT.parent / "shared" / "corpus" / "novels"
NEVER_OVER = 100_000  # minutes: steps end a run
GENERAL, CONTINUED, ALONE, LONGER = "general", "continued", "alone", "alone_longer"
MEANING = {
    GENERAL: "before: the general model",
    CONTINUED: "after: it went on with the author",
    ALONE: "the author alone, as many steps",
    LONGER: "the author alone, steps of both",
}


class Progress:
    """What is done, in a file that is written after each step.

    Args:
        path: of the file; made if need be.
        options: what the steps depend on.
    """

    def __init__(self, path: Path, options: dict[str, Any]):
        self.path, self.options = path, options
        self.done: dict[str, Any] = {}
        if path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            if before["options"] != options:
                refuse(f"{path} was begun with other options ({before['options']}); "
                       "give these, or another --build")  # fmt: skip
            self.done = before["done"]

    def step(self, name: str, command: list[Any], finds: Callable[[], Any] = lambda: True) -> None:
        """Run ``python -m command`` if that is not done, and keep what it ``finds``."""
        if name in self.done:
            return
        line = [sys.executable, "-m", *map(str, command)]
        print(f"one_author: {name}", file=sys.stderr, flush=True)
        code = subprocess.run(line, cwd=ROOT, check=False).returncode
        if code:
            print(f"one_author: {name} failed (exit code {code}); put right what it says above "
                  "and start the same command again", file=sys.stderr)  # fmt: skip
            sys.exit(1 if code > 0 else 128 - code)
        self.done[name] = finds()
        text = {"options": self.options, "done": self.done}
        write_atomically(self.path, json.dumps(text, ensure_ascii=False, indent=2) + "\n")


@dataclass(frozen=True)
class Novels:
    """The files of the author, those of everybody else, and which of the first are held out."""

    theirs: list[Path]
    others: list[Path]
    held_out: list[str]


def refuse(text: str) -> None:
    """Say what is wrong with the command line and leave."""
    print(f"one_author: {text}", file=sys.stderr)
    sys.exit(2)


def choose(folder: Path, author: str, held_out: list[str]) -> Novels:
    """Sort the novels of a folder; leaves if they do not suffice."""
    files = sorted(folder.glob("*_*.txt"))
    if not files:
        refuse(f"{folder} has no files named author_title.txt; give another --novels")
    theirs = [path for path in files if path.name.startswith(f"{author}_")]
    names = [f"{author}_{title}.txt" for title in held_out]
    for name in names:
        if not (folder / name).is_file():
            many = Counter(path.name.split("_")[0] for path in files).most_common(8)
            refuse(f"{folder / name} is missing; authors with most works: "
                   + ", ".join(f"{who} ({count})" for who, count in many))  # fmt: skip
    if len(theirs) < len(names) + 2:
        refuse(f"{author} has {len(theirs)} works; needed are two besides those held out, one to "
               "learn from and one for validation")  # fmt: skip
    return Novels(theirs, [path for path in files if path not in theirs], names)


def make_data(progress: Progress, novels: Novels, build: Path) -> None:
    """Both data sets, with the vocabulary of the others."""
    progress.step("data of the others", [
        "pipeline", "--input", *novels.others, "--output", build / "others", "--overwrite",
    ])  # fmt: skip
    progress.step("data of the author", [
        "pipeline", "--input", *novels.theirs, "--output", build / "author", "--overwrite",
        "--tokenizer", build / "others" / "tokenizer.model",
        "--test_works", *(f"*{name}" for name in novels.held_out),
    ])  # fmt: skip


def train(progress: Progress, options: argparse.Namespace, build: Path) -> None:
    """Train the four models and measure each on the author's held-out work."""
    general, short = options.general_steps, options.steps
    fresh = ["--preset", options.preset]
    plans: dict[str, tuple[str, list[Any]]] = {
        # Evaluated less often: noise early in a long run must not end it.
        GENERAL: ("others", [*fresh, "--steps", general, "--evaluate_every", 500]),
        CONTINUED: ("author", ["--init_from", build / GENERAL, "--steps", short]),
        ALONE: ("author", [*fresh, "--steps", short]),
        LONGER: ("author", [*fresh, "--steps", general + short]),
    }
    for name, (data, how) in plans.items():
        run = build / name
        progress.step(f"training, {name}", [
            "trainer", "--data", build / data, "--output", run, "--minutes", NEVER_OVER,
            "--precision", options.precision, *how,
        ])  # fmt: skip
        measured = ["trainer.evaluate", "--run", run, "--data", build / "author"]
        progress.step(f"measuring, {name}", measured, partial(figures, run))


def figures(run: Path) -> dict[str, Any]:
    """What the evaluation of a run found, and how long the run was."""
    from trainer.training.checkpoints import Checkpoints

    found = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    state = Checkpoints(run).state()
    return {
        "bits": found["bits_per_character"],
        "characters": found["characters"],
        "steps": state.step,
        "best step": state.best_step,
    }


def print_table(done: dict[str, Any], author: str, held_out: list[str]) -> None:
    """One line a model."""
    rows = {text: done[f"measuring, {name}"] for name, text in MEANING.items()}
    characters = next(iter(rows.values()))["characters"]
    print(f"{author}: {', '.join(held_out)}, {characters:,} characters held out")
    print(f"{'model':<36}{'steps':>8}{'best at':>9}{'bits a character':>18}")
    for text, row in rows.items():
        print(f"{text:<36}{row['steps']:>8,}{row['best step']:>9,}{row['bits']:>18.3f}")


def main() -> None:
    """Run what is not done yet, then print the table."""
    parser = record.parser(__doc__)
    parser.add_argument("--novels", type=Path, default=NOVELS)
    parser.add_argument("--build", type=Path, required=True, help="folder for what is made")
    parser.add_argument("--author", default="김유정", help="default: 김유정")
    parser.add_argument("--held_out", nargs="+", default=["만무방"], help="titles; default: 만무방")
    parser.add_argument("--preset", default="tiny", help="default: tiny")
    parser.add_argument("--precision", default="float32", help="default: float32")
    parser.add_argument("--general_steps", type=int, default=4000, help="default: 4000")
    parser.add_argument("--steps", type=int, default=800, help="with the author; default: 800")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("general_steps", "steps"):
        if getattr(options, name) < 1:
            refuse(f"--{name} must be above 0")
    novels = choose(options.novels, options.author, options.held_out)
    build = options.build.resolve()
    build.mkdir(parents=True, exist_ok=True)
    given = {name: value for name, value in vars(options).items() if name != "build"}
    progress = Progress(build / "progress.json", {**given, "novels": str(options.novels.resolve())})
    make_data(progress, novels, build)
    train(progress, options, build)
    print_table(progress.done, options.author, options.held_out)


if __name__ == "__main__":
    sys.exit(record.run(main))
