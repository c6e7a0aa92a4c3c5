"""Metrics of a vocabulary: its boundaries, the length of its pieces, a model trained with it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentencepiece import SentencePieceProcessor

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
HELD_OUT = ("*강경애_소금.txt", "*나도향_청춘.txt", "*현진건_빈처.txt", "*이익상_그믐달.txt")

Gold = list[tuple[str, frozenset[int]]]


def gold_words(treebank: Path) -> Gold:
    """Words of a UD treebank with their morpheme boundaries.

    Only words whose LEMMA, morphemes joined by ``+``, concatenates to the surface form.
    """
    words: Gold = []
    for line in treebank.read_text("utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) < 4 or not columns[0].isdigit():
            continue
        morphemes = columns[2].split("+")
        if "".join(morphemes) == columns[1]:
            words.append((columns[1], boundaries(morphemes)))
    return words


def boundaries(parts: Sequence[str]) -> frozenset[int]:
    """Positions within a word where its parts meet."""
    ends, end = set(), 0
    for part in parts[:-1]:
        end += len(part)
        ends.add(end)
    return frozenset(ends) - {0}


def surfaces(tokenizer: SentencePieceProcessor, word: str) -> list[str]:
    """The surface form of each piece of a word; the byte pieces of a character count as one."""
    pieces = tokenizer.encode_as_immutable_proto(word).pieces
    return [piece.surface for piece in pieces if piece.surface]


def boundary_f1(found: Iterable[frozenset[int]], gold: Iterable[frozenset[int]]) -> float:
    """F1 of the boundaries within words; both iterables have one set per word."""
    right = wrong = missed = 0
    for ours, theirs in zip(found, gold, strict=True):
        right += len(ours & theirs)
        wrong += len(ours - theirs)
        missed += len(theirs - ours)
    return 2 * right / max(1, 2 * right + wrong + missed)


def vocabulary_f1(tokenizer: SentencePieceProcessor, gold: Gold) -> float:
    """F1 of the boundaries between a vocabulary's pieces, against morpheme boundaries."""
    found = [boundaries(surfaces(tokenizer, word)) for word, _ in gold]
    return boundary_f1(found, [ends for _, ends in gold])


def characters_per_token(tokenizer: SentencePieceProcessor, sentences: Sequence[str]) -> float:
    """Characters per token, spaces included."""
    tokens = sum(map(len, tokenizer.encode(list(sentences))))
    return sum(map(len, sentences)) / max(1, tokens)


@dataclass(frozen=True)
class Trained:
    """Bits per character of a model on the test split, and the CPU seconds of its training."""

    bits: float
    seconds: float


def train(data: Path, run: Path, steps: int) -> Trained:
    """Train the `tiny` model for some steps and measure it.

    A step takes the same arithmetic for every vocabulary of the same size, so equal steps stand for
    equal time, also on a busy machine.
    """
    before = _child_seconds()
    _python("trainer", "--data", data, "--output", run, "--preset", "tiny", "--minutes", 10_000,
            "--steps", steps, "--evaluate_every", steps)  # fmt: skip
    seconds = _child_seconds() - before
    _python("trainer.evaluate", "--data", data, "--run", run)
    result = json.loads((run / "evaluation.json").read_text("utf-8"))
    return Trained(result["bits_per_character"], seconds)


def make_data(novels: Path, output: Path, *options: object) -> None:
    """Run the pipeline with the held-out works as its test split, unless `output` exists."""
    if not (output / "dataset.json").exists():
        _python("pipeline", "--input", novels, "--output", output, *options,
                "--test_works", *HELD_OUT)  # fmt: skip


def _python(module: str, *arguments: object) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
