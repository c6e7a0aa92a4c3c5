"""Counts of eojeol, from which the vocabulary is learned.

An *eojeol* is what stands between two spaces. Its count is all that is needed: soynlp's counts of
what begins and ends words, and the corpus of the unigram model, follow from it. Counts add up, so
any number of workers can gather them.
"""

import itertools
from collections import Counter
from collections.abc import Iterable

import apache_beam as beam

LONGEST_EOJEOL = 256  # characters; longer ones are noise (text without spaces) and are cut
MOST_EOJEOLS = 4_000_000  # kept by one worker, some hundreds of megabytes


def count_eojeols(sentence: str) -> Counter[str]:
    """Counts of the eojeol of a normalised sentence."""
    return Counter(
        eojeol[start : start + LONGEST_EOJEOL]
        for eojeol in sentence.split(" ")
        for start in range(0, len(eojeol), LONGEST_EOJEOL)
    )


def prune(counts: Counter[str], most: int = MOST_EOJEOLS) -> None:
    """Drops the rarest until at most `most` are left: once, twice, … seen."""
    for floor in itertools.count(1):
        if len(counts) <= most:
            return
        for key in [key for key, count in counts.items() if count <= floor]:
            del counts[key]


class CountEojeols(beam.CombineFn):
    """Combines sentences (strings) into counts of their eojeol."""

    def create_accumulator(self) -> Counter[str]:
        """Returns empty counts."""
        return Counter()

    def add_input(self, accumulator: Counter[str], sentence: str) -> Counter[str]:
        """Counts one sentence."""
        accumulator.update(count_eojeols(sentence))
        if len(accumulator) > 2 * MOST_EOJEOLS:
            prune(accumulator)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[Counter[str]]) -> Counter[str]:
        """Adds the counts of several workers."""
        total: Counter[str] = Counter()
        for counts in accumulators:
            total.update(counts)
            prune(total)
        return total

    def extract_output(self, accumulator: Counter[str]) -> Counter[str]:
        """Returns the counts."""
        return accumulator
