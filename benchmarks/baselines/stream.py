"""A data set as a stream of tokens, for a model that reads text from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.records import BOS_ID, EOS_ID, PAD_ID
from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_encoded_works

# int32 [window] ``inputs`` and ``targets``; bool [window] ``scored``: targets that count.
Window = dict[str, np.ndarray]


def streams(data: EncodedCorpus, split: str) -> list[np.ndarray]:
    """The tokens of each work, int32: BOS, then its sentences, each followed by EOS."""
    return [
        np.array([BOS_ID, *(token for s in work for token in (*s, EOS_ID))], np.int32)
        for work in read_encoded_works(data, split)
    ]


def shuffled(works: list[np.ndarray], window: int, seed: int) -> Iterator[Window]:
    """An endless stream of windows of the joined works, cut and ordered anew each epoch.

    Together the works must be longer than two windows.
    """
    draw = np.random.default_rng(seed)
    scored = np.ones(window, bool)
    while True:
        text = np.concatenate([works[number] for number in draw.permutation(len(works))])
        first = draw.integers(window)
        begins = np.arange(first, len(text) - window, window)
        for begin in draw.permutation(begins):
            cut = text[begin : begin + window + 1]
            yield {"inputs": cut[:-1], "targets": cut[1:], "scored": scored}


def sliding(works: Iterable[np.ndarray], window: int) -> Iterator[Window]:
    """Windows that score every token of every work once, after at least half a window of context.

    Each window starts half a window after the last one, and its second half is scored; the first
    window of a work is scored in full.
    """
    half = window // 2
    for work in works:
        count = len(work) - 1
        for begin in range(0, max(1, count - half), half):
            cut = work[begin : begin + window + 1]
            cut = np.pad(cut, (0, window + 1 - len(cut)), constant_values=PAD_ID)
            places = np.arange(begin, begin + window)
            scored = (places < count) & (places >= (begin + half if begin else 0))
            yield {"inputs": cut[:-1], "targets": cut[1:], "scored": scored}
