"""Shingles: hashes of all strings of a few letters, by which texts are compared.

Only letters and digits count, so editions that differ in quotation marks, spaces or line ends are
equal. Hanja are left out, because some editions give them in brackets and others do not.
"""

import re

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Positions = NDArray[np.int64]

_NO_LETTER = re.compile(r"[\W_\u3400-\u9fff\uf900-\ufaff]+")
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no character's bits are shifted out


def letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, without Hanja."""
    return _NO_LETTER.sub("", text).lower()


def hashes(text: str, length: int) -> Hashes:
    """Hashes of all strings of `length` characters ``[max(0, len(text) - length + 1)] uint64``.

    Polynomials modulo 2^64, mixed by the finalizer of MurmurHash3 (A. Appleby, fmix64).
    """
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    count = max(0, len(codes) - length + 1)
    mixed = np.zeros(count, np.uint64)
    for offset in range(length):
        mixed = mixed * _BASE + codes[offset : offset + count]
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(33))


def winnow(values: Hashes, window: int) -> Positions:
    """Positions ``[N] int64`` of the smallest of every `window` consecutive hashes, in order.

    If two texts share a run of `window` hashes, at least one of them is selected in both:
    S. Schleimer, D. Wilkerson, A. Aiken, Winnowing (SIGMOD 2003).
    """
    if not len(values):
        return np.zeros(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(values, min(window, len(values)))
    selected = windows.argmin(axis=1) + np.arange(len(windows))
    return selected[np.r_[True, selected[1:] != selected[:-1]]]
