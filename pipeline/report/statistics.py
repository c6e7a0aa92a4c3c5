"""Histograms over all sentences and tokens of the data set, for dataset.json and report.html."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from pipeline.output.passages import EncodedWork

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Statistics:
    """Histograms, each as long as its largest value requires; they can be summed.

    Attributes:
        sentence_tokens: number of sentences with n tokens, at index n.
        sentence_characters: number of sentences with n characters, at index n.
        pieces: number of tokens with id n, at index n.
    """

    sentence_tokens: Counts
    sentence_characters: Counts
    pieces: Counts

    @classmethod
    def of(cls, work: EncodedWork) -> Statistics:
        """Count one work."""
        return cls(*map(np.bincount, (work.lengths, work.characters, work.tokens)))

    @classmethod
    def sum(cls, parts: Iterable[Statistics]) -> Statistics:
        """Return the sum."""
        total = cls(*(np.zeros(0, np.int64) for _ in range(3)))
        for part in parts:
            total = cls(
                _add(total.sentence_tokens, part.sentence_tokens),
                _add(total.sentence_characters, part.sentence_characters),
                _add(total.pieces, part.pieces),
            )
        return total


def _add(one: Counts, other: Counts) -> Counts:
    total = np.zeros(max(len(one), len(other)), np.int64)
    total[: len(one)] += one
    total[: len(other)] += other
    return total


class Combine(beam.CombineFn):
    """Combines works (`EncodedWork`) into their `Statistics`."""

    def create_accumulator(self) -> Statistics:
        """Return empty counts."""
        return Statistics.sum(())

    def add_input(self, accumulator: Statistics, work: EncodedWork) -> Statistics:
        """Count one work."""
        return Statistics.sum((accumulator, Statistics.of(work)))

    def merge_accumulators(self, accumulators: Iterable[Statistics]) -> Statistics:
        """Add the counts of several workers."""
        return Statistics.sum(accumulators)

    def extract_output(self, accumulator: Statistics) -> Statistics:
        """Return the counts."""
        return accumulator
