"""The job beside a plain loop over the same calls, on more text, and with more workers.

The loop reads, normalises, splits and encodes one novel after the other and keeps nothing; the
second loop also looks for what repeats in each and makes its records. The job does all that in
Beam, compares the novels, and writes. All are given the same vocabulary. More text is the same
novels with other words: in each copy most eojeol get another first syllable, the same one wherever
they stand, so that no copy is taken for a duplicate.

Time is of the whole process with its children, from start to end; memory is the most that they
hold together, sampled ten times a second. The job runs in one process where no workers are named.

Command (about 12 minutes on two cores with nothing else to do):

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

ROOT = Path(__file__).resolve().parent.parent
NOVELS = ROOT.parent / "shared" / "corpus" / "novels"
ITSELF = [sys.executable, "-m", "benchmarks.pipeline"]
VOCAB_SIZE, MAX_SENTENCE_TOKENS = 8000, 96
CHANGED = 0.8  # share of the eojeol that a copy changes

_EOJEOL = re.compile("[가-힣]{2,}")


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds of wall clock and of processors, and megabytes."""

    wall: float
    cpu: float
    memory: float


def measure(command: list[str]) -> Cost:
    """Runs a command from the root of the repository to its end."""
    began, before = time.monotonic(), os.times()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(0.1)
        if process.returncode:
            said.seek(0)
            sys.exit(said.read().decode())
    after = os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Cost(time.monotonic() - began, cpu, most / 1e6)


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
    """Writes the novels that many times, each time with other words; returns the characters."""
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
    """The loop with what else the job does with a novel: look for repeats, write records."""
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
    return list(filter(None, (normalize(line.text) for line in lines if not line.refused)))


def job(novels: Path, output: Path, *options: str) -> list[str]:
    """The job's command."""
    files = ["--input", str(novels), "--output", str(output)]
    return [sys.executable, "-m", "pipeline", *files, *options]


LOOPS = {"loop": loop, "loop, also repeats, records": full_loop}


def compare(copies: list[int], workers: list[int]) -> None:
    """Prints the table."""
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
    """The job must have done all the work."""
    splits = json.loads((data / "dataset.json").read_text("utf-8"))["splits"].values()
    if (found := sum(split["works"] for split in splits)) != works:
        print(f"  only {found} of {works} works are in the data set", flush=True)


def main() -> None:
    """Reads the command line."""
    parser = record.parser(__doc__)
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10], help="amounts of text")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="worker processes")
    parser.add_argument("--loop", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        name, novels, tokenizer = options.loop
        LOOPS[name](Path(novels), Path(tokenizer))
    elif not NOVELS.is_dir():
        sys.exit(f"needs novels in {NOVELS}")
    else:
        compare(options.copies, options.workers)


if __name__ == "__main__":
    sys.exit(record.run(main))
