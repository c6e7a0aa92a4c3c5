"""The pipeline's job beside a plain loop over the same calls, on more text, and with more workers.

The loop reads, normalises, splits and encodes one novel after the other and discards the result.
The full loop also looks for repeated passages in each novel and makes its records. The job does all
of that in Beam, compares the novels with each other, and writes a data set. All use the same
vocabulary. More text means copies of the novels with changed words: most eojeol get another first
syllable (in one copy always the same one), so that no copy counts as a duplicate.

Times are those of the whole process with its children, from start to end; memory is the peak of
their sum, sampled ten times a second. Where no workers are named, the job runs in one process.

Command (about 12 minutes on two idle cores):

    python -m benchmarks.pipeline --copies 1 10 --workers 1 2
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import psutil
from sentencepiece import SentencePieceProcessor

from benchmarks import record
from trainer.arguments import whole_number

ROOT = Path(__file__).resolve().parent.parent
NOVELS = ROOT.parent / "shared" / "corpus" / "novels"
ITSELF = [sys.executable, "-m", "benchmarks.pipeline"]
VOCAB_SIZE, MAX_SENTENCE_TOKENS = 8000, 96
CHANGED = 0.8  # share of the distinct eojeol that a copy changes

_EOJEOL = re.compile("[가-힣]{2,}")


@dataclass(frozen=True)
class Cost:
    """What a command took: wall seconds, CPU seconds and megabytes."""

    wall: float
    cpu: float
    memory: float


def measure(command: list[str]) -> Cost:
    """Run a command to its end, in the root of the repository."""
    start, before = time.monotonic(), os.times()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.1)
        if process.returncode:
            output.seek(0)
            sys.exit(output.read().decode())
    after = os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Cost(time.monotonic() - start, cpu, peak / 1e6)


def _memory(number: int) -> int:
    total = 0
    try:
        job = psutil.Process(number)
        for process in (job, *job.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def write_copies(novels: Path, folder: Path, copies: int) -> int:
    """Write copies of the novels, all but the first with changed words; return the characters."""
    characters = 0
    for copy in range(copies):
        for novel in sorted(novels.glob("*.txt")):
            text = novel.read_text("utf-8")
            if copy:
                text = _EOJEOL.sub(partial(_other_word, copy), text)
            (folder / f"{copy}_{novel.name}").write_text(text, "utf-8")
            characters += len(text)
    return characters


def _other_word(copy: int, found: re.Match[str]) -> str:
    return _changed(found[0], copy)


@lru_cache(maxsize=1_000_000)
def _changed(eojeol: str, copy: int) -> str:
    drawn = int.from_bytes(hashlib.sha256(f"{copy} {eojeol}".encode()).digest()[:4], "big")
    if drawn % 1000 >= CHANGED * 1000:
        return eojeol
    return chr(ord("가") + drawn // 1000 % 399 * 28) + eojeol[1:]  # a syllable without a final


def loop(novels: Path, tokenizer: Path) -> None:
    """The plain loop: read, normalise, split, encode."""
    from pipeline.output.passages import encode
    from pipeline.sentences.splitting import split_sentences

    processor = SentencePieceProcessor(model_file=str(tokenizer))
    for path in sorted(novels.glob("*.txt")):
        encode(split_sentences(_paragraphs(path)), processor, MAX_SENTENCE_TOKENS)


def full_loop(novels: Path, tokenizer: Path) -> None:
    """The loop, plus the job's other work on a single novel: repeated passages and records."""
    from pipeline.duplicates.near_duplicates import sketch
    from pipeline.duplicates.repeated_passages import fingerprint
    from pipeline.output.example import serialize_passage
    from pipeline.output.passages import encode
    from pipeline.output.tfrecord import compressed
    from pipeline.reading.works import Work
    from pipeline.sentences.splitting import split_sentences

    processor = SentencePieceProcessor(model_file=str(tokenizer))
    for path in sorted(novels.glob("*.txt")):
        work = Work("", path.name, False, tuple(_paragraphs(path)))
        sketch(work)
        fingerprint(work)
        _, encoded = encode(split_sentences(work.lines), processor, MAX_SENTENCE_TOKENS)
        records = []
        for first in range(0, len(encoded), 128):
            passage = encoded[first : first + 128]
            tokens = np.fromiter(itertools.chain.from_iterable(passage), np.uint16)
            lengths = np.array([len(ids) for ids in passage], np.int32)
            records.append(serialize_passage("", first, tokens, lengths))
        b"".join(compressed(records))


def _paragraphs(path: Path) -> list[str]:
    from pipeline.reading import boilerplate, formats, inputs
    from pipeline.reading.normalization import normalize

    lines = boilerplate.mark(list(formats.parse(path.name, inputs.read(str(path)))))
    return list(filter(None, (normalize(line.text) for line in lines if not line.rejected)))


def job(novels: Path, output: Path, *options: str) -> list[str]:
    """The command that runs the job."""
    files = ["--input", str(novels), "--output", str(output)]
    return [sys.executable, "-m", "pipeline", *files, *options]


LOOPS = {"loop": loop, "full loop": full_loop}


def compare(copies: list[int], workers: list[int]) -> None:
    """Print the table."""
    print(f"{'':<34}{'wall s':>8}{'CPU s':>8}{'MB':>8}{'characters/s':>14}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        learned = work / "learned"
        for many in copies:
            novels = work / f"novels{many}"
            novels.mkdir()
            characters = write_copies(NOVELS, novels, many)
            if not learned.exists():
                cost = measure(job(NOVELS, learned, f"--vocab_size={VOCAB_SIZE}"))
                _show("1×, vocabulary learned", cost, characters // many)
            tokenizer = learned / "tokenizer.model"
            for name in LOOPS:
                this = [
                    *ITSELF,
                    "--loop",
                    name,
                    str(novels),
                    str(tokenizer),
                ]
                _show(f"{many}×, {name}", measure(this), characters)
            given = ("--tokenizer", str(tokenizer), "--overwrite")
            data = work / "data"
            _show(f"{many}×, job", measure(job(novels, data, *given)), characters)
            _check(data, many * len(list(NOVELS.glob("*.txt"))))
            for number in workers:
                mode = ("--direct_running_mode=multi_processing", f"--direct_num_workers={number}")
                cost = measure(job(novels, data, *given, *mode))
                _show(f"{many}×, job, {number} worker{'s' * (number > 1)}", cost, characters)


def _show(what: str, cost: Cost, characters: int) -> None:
    speed = characters / cost.wall
    print(
        f"{what:<34}{cost.wall:>8.1f}{cost.cpu:>8.1f}{cost.memory:>8.0f}{speed:>14,.0f}", flush=True
    )


def _check(data: Path, works: int) -> None:
    """Print a warning if the job did not process all works."""
    splits = json.loads((data / "dataset.json").read_text("utf-8"))["splits"].values()
    if (found := sum(split["works"] for split in splits)) != works:
        print(f"  the data set has {found} works, not {works}", flush=True)


def main() -> None:
    """Compare the job and the loops; with a hidden option, run one of the loops."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--copies", type=whole_number(1), nargs="+", default=[1, 10],
        help="how many times the novels (default: 1 10)",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=whole_number(1), nargs="*", default=[1, 2],
        help="worker processes of the job (default: 1 2)",
    )  # fmt: skip
    parser.add_argument("--loop", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        name, novels, tokenizer = options.loop
        LOOPS[name](Path(novels), Path(tokenizer))
    elif not NOVELS.is_dir():
        sys.exit(f"{NOVELS} is missing: this benchmark needs the shared corpus")
    else:
        compare(options.copies, options.workers)


if __name__ == "__main__":
    sys.exit(record.run(main))
