"""Fine-tuning on one author: bits per character on a held-out work of that author.

A general model, and with it the vocabulary, is trained on the novels of all other authors. It is
then fine-tuned (`--init_from`) on the author's other works, which are encoded with the same
vocabulary (`python -m pipeline --tokenizer`). A second model is trained on these works alone for
the same number of steps, a third one for as many steps as general training and fine-tuning
together. Equal steps stand for equal time, also on a busy machine: a `tiny` model takes 270 steps
per minute on one core. All models use `--preset`. The best weights are chosen by one validation
work of the author (the general model's by validation works of its own), and all models are measured
on the same held-out work. Novels are files named `author_title.txt`.

Command (needs the shared corpus beside the repository; run it again to resume, from
--build/progress.json):

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
from trainer.arguments import whole_number
from trainer.configuration import write_atomically

ROOT = Path(__file__).resolve().parent.parent
NOVELS = ROOT.parent / "shared" / "corpus" / "novels"
NO_LIMIT = 100_000  # minutes: the number of steps ends a run
GENERAL, CONTINUED, ALONE, LONGER = "general", "continued", "alone", "alone_longer"
MEANING = {
    GENERAL: "general model",
    CONTINUED: "general model, fine-tuned",
    ALONE: "author alone, as many steps",
    LONGER: "author alone, steps of both together",
}


class Progress:
    """The finished steps, in a file that is written after each step.

    Args:
        path: the file; created by the first step.
        options: everything that the steps depend on.
    """

    def __init__(self, path: Path, options: dict[str, Any]):
        self.path, self.options = path, options
        self.done: dict[str, Any] = {}
        if path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            if before["options"] != options:
                usage_error(f"{path} has steps done with other options ({before['options']}); "
                            "use those, or another --build")  # fmt: skip
            self.done = before["done"]

    def step(self, name: str, command: list[Any], finds: Callable[[], Any] = lambda: True) -> None:
        """Run ``python -m command`` unless it is done, and keep what ``finds`` returns."""
        if name in self.done:
            return
        line = [sys.executable, "-m", *map(str, command)]
        print(f"one_author: {name}", file=sys.stderr, flush=True)
        code = subprocess.run(line, cwd=ROOT, check=False).returncode
        if code:
            print(f"one_author: {name} failed (exit code {code}); fix the error above and run "
                  "the same command again", file=sys.stderr)  # fmt: skip
            sys.exit(1 if code > 0 else 128 - code)
        self.done[name] = finds()
        text = {"options": self.options, "done": self.done}
        write_atomically(self.path, json.dumps(text, ensure_ascii=False, indent=2) + "\n")


@dataclass(frozen=True)
class Novels:
    """The author's files, those of all other authors, and the names of the held-out files."""

    theirs: list[Path]
    others: list[Path]
    held_out: list[str]


def usage_error(text: str) -> None:
    """Print what is wrong with the command line and exit."""
    print(f"one_author: {text}", file=sys.stderr)
    sys.exit(2)


def choose(folder: Path, author: str, held_out: list[str]) -> Novels:
    """Find the author's novels and the others in a folder; exits if there are too few."""
    files = sorted(folder.glob("*_*.txt"))
    if not files:
        usage_error(f"{folder} has no files named author_title.txt; use another --novels")
    theirs = [path for path in files if path.name.startswith(f"{author}_")]
    names = [f"{author}_{title}.txt" for title in held_out]
    for name in names:
        if not (folder / name).is_file():
            many = Counter(path.name.split("_")[0] for path in files).most_common(8)
            usage_error(f"{folder / name} is missing; authors with the most works: "
                        + ", ".join(f"{who} ({count})" for who, count in many))  # fmt: skip
    if len(theirs) < len(names) + 2:
        usage_error(f"{author} has {len(theirs)} works; two are needed in addition to those held "
                    "out, one for training and one for validation")  # fmt: skip
    return Novels(theirs, [path for path in files if path not in theirs], names)


def make_data(progress: Progress, novels: Novels, build: Path) -> None:
    """Make both data sets, with the vocabulary of the other authors."""
    progress.step("data of other authors", [
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
        # Evaluated less often, so that noise early in a long run does not end it.
        GENERAL: ("others", [*fresh, "--steps", general, "--evaluate_every", 500]),
        CONTINUED: ("author", ["--init_from", build / GENERAL, "--steps", short]),
        ALONE: ("author", [*fresh, "--steps", short]),
        LONGER: ("author", [*fresh, "--steps", general + short]),
    }
    for name, (data, how) in plans.items():
        run = build / name
        progress.step(f"training, {name}", [
            "trainer", "--data", build / data, "--output", run, "--minutes", NO_LIMIT,
            "--precision", options.precision, *how,
        ])  # fmt: skip
        measured = ["trainer.evaluate", "--run", run, "--data", build / "author"]
        progress.step(f"measuring, {name}", measured, partial(figures, run))


def figures(run: Path) -> dict[str, Any]:
    """The results of a run's evaluation, and the run's length."""
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
    """Print one line per model."""
    rows = {text: done[f"measuring, {name}"] for name, text in MEANING.items()}
    characters = next(iter(rows.values()))["characters"]
    print(f"{author}: {', '.join(held_out)}, {characters:,} characters held out")
    print(f"{'model':<36}{'steps':>8}{'best at':>9}{'bits/char':>18}")
    for text, row in rows.items():
        print(f"{text:<36}{row['steps']:>8,}{row['best step']:>9,}{row['bits']:>18.3f}")


def main() -> None:
    """Run the remaining steps, then print the table."""
    parser = record.parser(__doc__)
    parser.add_argument("--novels", type=Path, default=NOVELS, help="folder of author_title.txt")
    parser.add_argument("--build", type=Path, required=True, help="folder for all output")
    parser.add_argument("--author", default="김유정", help="default: 김유정")
    parser.add_argument(
        "--held_out", nargs="+", default=["만무방"], help="titles (default: 만무방)"
    )
    parser.add_argument("--preset", default="tiny", help="default: tiny")
    parser.add_argument("--precision", default="float32", help="default: float32")
    parser.add_argument("--general_steps", type=whole_number(1), default=4000, help="default: 4000")
    parser.add_argument(
        "--steps", type=whole_number(1), default=800, help="of fine-tuning (default: 800)"
    )
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
