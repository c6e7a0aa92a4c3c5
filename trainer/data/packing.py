"""Packs the sentences of a passage into rows of a fixed number of tokens."""

from __future__ import annotations

import numpy as np

from pipeline.records import EOS_ID, PAD_ID
from trainer.configuration import slots_per_row


def pack(tokens: np.ndarray, lengths: np.ndarray, row_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Lay the sentences of a passage into rows, in order, each whole and followed by its EOS.

    Args:
        tokens: int ``[n]``, the sentences, one after the other.
        lengths: int ``[m]``, tokens in each; none above ``row_tokens - 1``.

    Returns:
        ``tokens`` and ``sentences``, int32 ``[rows, row_tokens]`` each: ids, and the index in
        the passage of the sentence a token belongs to (-1 is padding).

    Raises:
        ValueError: a sentence does not fit into a row.
    """
    if len(lengths) and lengths.max() >= row_tokens:
        raise ValueError(
            f"a sentence of {lengths.max()} tokens does not fit into rows of {row_tokens}"
        )
    places = _places(lengths + 1, row_tokens, slots_per_row(row_tokens))
    rows = places[-1] // row_tokens + 1 if len(places) else 0
    packed = np.full(rows * row_tokens, PAD_ID, np.int32)
    sentences = np.full(rows * row_tokens, -1, np.int32)
    begins = np.cumsum(lengths) - lengths
    for number, (place, begin, length) in enumerate(zip(places, begins, lengths, strict=True)):
        packed[place : place + length] = tokens[begin : begin + length]
        packed[place + length] = EOS_ID
        sentences[place : place + length + 1] = number
    return packed.reshape(rows, row_tokens), sentences.reshape(rows, row_tokens)


def _places(sizes: np.ndarray, row_tokens: int, row_sentences: int) -> list[int]:
    """Where each sentence starts, counted over all rows."""
    places: list[int] = []
    row, column, count = 0, 0, 0
    for size in sizes.tolist():
        if column + size > row_tokens or count == row_sentences:
            row, column, count = row + 1, 0, 0
        places.append(row * row_tokens + column)
        column, count = column + size, count + 1
    return places
