"""Pairs of source and target, for models that encode the context of each target separately.

Uses NumPy only, because it also runs in the peers' environment. Batches are determined by the seed
and have about as many target tokens as ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

PAD_ID, BOS_ID, EOS_ID = 0, 2, 3  # of pipeline.records, which the peers' environment lacks
CONTEXT_SENTENCES = 5
SOURCE = 120  # tokens before a target of fixed length
POOL = 4096  # pairs sorted by length together
SEED = 1

Sentence = np.ndarray  # int32 [tokens], ending in EOS


class Pairs(NamedTuple):
    """A batch of int32 ``source [B, S]``, ``inputs [B, T]`` and ``target [B, T]``; 0 is padding.

    ``inputs`` is ``target`` shifted by one, after BOS.
    """

    source: np.ndarray
    inputs: np.ndarray
    target: np.ndarray

    @property
    def useful(self) -> int:
        """Target tokens that get a gradient."""
        return int(np.count_nonzero(self.target))


def save(works: list[list[list[int]]], path: Path) -> None:
    """Write the tokens of each sentence of each work to a file for :func:`batches`."""
    sentences = [[*sentence, EOS_ID] for work in works for sentence in work]
    np.savez(
        path,
        tokens=np.concatenate(sentences).astype(np.int32),
        lengths=np.array([len(sentence) for sentence in sentences]),
        works=np.array([len(work) for work in works]),
    )


def batches(path: Path, targets: str, tokens: int) -> Iterator[Pairs]:
    """An endless stream of batches.

    Args:
        path: file written by :func:`save`.
        targets: ``sorted``: sentences, each after the five before it, in batches of pairs of
            similar length. ``unsorted``: the same pairs in random order. A number: that many
            tokens, after ``SOURCE`` tokens of source, without padding.
        tokens: most target tokens in a batch.
    """
    with np.load(path) as saved:
        all_tokens, lengths, works = saved["tokens"], saved["lengths"], saved["works"]
    draw = np.random.default_rng(SEED)
    sentences = np.split(all_tokens, np.cumsum(lengths)[:-1])
    if targets.isdigit():
        return _of_one_length(all_tokens, int(targets), tokens // int(targets), draw)
    return _of_sentences(sentences, works, tokens, draw, by_length=targets == "sorted")


def _of_one_length(
    tokens: np.ndarray, target: int, rows: int, draw: np.random.Generator
) -> Iterator[Pairs]:
    while True:
        starts = draw.integers(0, len(tokens) - SOURCE - target, rows)
        cut = np.stack([tokens[start : start + SOURCE + target] for start in starts])
        yield _pairs(cut[:, :SOURCE], cut[:, SOURCE:])


def _of_sentences(
    sentences: list[Sentence],
    works: np.ndarray,
    tokens: int,
    draw: np.random.Generator,
    by_length: bool,
) -> Iterator[Pairs]:
    """Every sentence once per epoch, each with the sentences before it in its work as source."""
    first = np.repeat(
        np.cumsum(works) - works, works
    )  # number of the first sentence in each one's work
    while True:
        order = draw.permutation(len(sentences))
        for begin in range(0, len(order), POOL):
            pool = []
            for number in order[begin : begin + POOL].tolist():
                before = sentences[max(first[number], number - CONTEXT_SENTENCES) : number]
                source = np.concatenate([*before, np.array([EOS_ID], np.int32)])
                pool.append((source, sentences[number]))
            if by_length:
                # By source length, then by target length: a tenth of the tokens is padding.
                pool.sort(key=lambda pair: (len(pair[0]) // 32, len(pair[1])))
            cut = list(_cut(pool, tokens))
            for place in draw.permutation(len(cut)).tolist():
                yield _padded(cut[place])


def _cut(
    pool: list[tuple[Sentence, Sentence]], tokens: int
) -> Iterator[list[tuple[Sentence, Sentence]]]:
    """Cut the pool into batches whose targets have at most ``tokens`` tokens together."""
    batch: list[tuple[Sentence, Sentence]] = []
    count = 0
    for pair in pool:
        if batch and count + len(pair[1]) > tokens:
            yield batch
            batch, count = [], 0
        batch.append(pair)
        count += len(pair[1])
    yield batch


def _padded(batch: list[tuple[Sentence, Sentence]]) -> Pairs:
    sides = []
    for side in zip(*batch, strict=True):
        block = np.full((len(side), max(map(len, side))), PAD_ID, np.int32)
        for row, sentence in zip(block, side, strict=True):
            row[: len(sentence)] = sentence
        sides.append(block)
    return _pairs(*sides)


def _pairs(source: np.ndarray, target: np.ndarray) -> Pairs:
    before = np.full_like(target, BOS_ID)
    before[:, 1:] = target[:, :-1]
    before[target == PAD_ID] = PAD_ID  # padding stays padding, also where EOS precedes it
    return Pairs(source, before, target)
