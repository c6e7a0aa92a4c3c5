"""Packs the sentences of a passage into rows of a fixed number of tokens."""

from __future__ import annotations

import numpy as np

from pipeline.records import EOS_ID, PAD_ID
from trainer.configuration import slots_per_row


def pack(tokens: np.ndarray, lengths: np.ndarray, row_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Pack the sentences of a passage into rows, in order, each whole and followed by EOS.

    Args:
        tokens: int ``[n]``, the sentences, one after the other.
        lengths: int ``[m]``, tokens in each sentence, at most ``row_tokens - 1``.

    Returns:
        ``tokens`` and ``sentences``, int32 ``[rows, row_tokens]`` each: token ids, and the index
        within the passage of each token's sentence (-1 at padding).

    Raises:
        ValueError: a sentence does not fit into a row.
    """
    if len(lengths) and lengths.max() >= row_tokens:
        raise ValueError(
            f"a sentence of {lengths.max()} tokens does not fit into rows of {row_tokens}"
        )
    starts = _starts(lengths + 1, row_tokens, slots_per_row(row_tokens))
    rows = starts[-1] // row_tokens + 1 if len(starts) else 0
    packed = np.full(rows * row_tokens, PAD_ID, np.int32)
    sentences = np.full(rows * row_tokens, -1, np.int32)
    sources = np.cumsum(lengths) - lengths
    for index, (start, source, length) in enumerate(zip(starts, sources, lengths, strict=True)):
        packed[start : start + length] = tokens[source : source + length]
        packed[start + length] = EOS_ID
        sentences[start : start + length + 1] = index
    return packed.reshape(rows, row_tokens), sentences.reshape(rows, row_tokens)


def _starts(sizes: np.ndarray, row_tokens: int, row_sentences: int) -> list[int]:
    """Where each sentence starts, in tokens from the beginning of the first row."""
    starts: list[int] = []
    row, column, count = 0, 0, 0
    for size in sizes.tolist():
        if column + size > row_tokens or count == row_sentences:
            row, column, count = row + 1, 0, 0
        starts.append(row * row_tokens + column)
        column, count = column + size, count + 1
    return starts
