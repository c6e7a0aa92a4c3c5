"""Counts eojeol, from which the vocabulary is learned.

An *eojeol* is a run of text between spaces. Counts of eojeol are all that soynlp and the unigram
model need.

Each worker counts into a table of limited size and emits it in buckets, by a hash of the eojeol.
The counts of one eojeol are therefore summed in one place, and no worker holds more than one
bucket of the total. The distribution of the counts gives the minimum count that keeps at most
`MAX_EOJEOLS`. The result is exact, and independent of the number of workers and the order of the
text; approximate counting (Manku and Motwani, Approximate Frequency Counts over Data Streams, VLDB
2002) needs one table fewer and is neither.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

MAX_EOJEOL_LENGTH = 256  # characters; longer ones (text without spaces) are cut into parts
MAX_EOJEOLS = 1_000_000  # distinct eojeol from which the vocabulary is learned
LOCAL_TABLE_SIZE = 200_000  # distinct eojeol a worker counts before it emits its table
BUCKETS = 256

Bucket = tuple[int, Mapping[str, int]]


def count_eojeols(sentence: str) -> Counter[str]:
    """Count the eojeol of a normalised sentence."""
    return Counter(
        eojeol[start : start + MAX_EOJEOL_LENGTH]
        for eojeol in sentence.split(" ")
        for start in range(0, len(eojeol), MAX_EOJEOL_LENGTH)
    )


class CountEojeols(beam.PTransform):
    """Turns sentences (strings) into counts of their eojeol (one `Counter`).

    Args:
        most: maximum number of distinct eojeol; the rarest are left out.
    """

    def __init__(self, most: int = MAX_EOJEOLS) -> None:
        super().__init__()
        self._most = most

    def expand(self, sentences: beam.PCollection) -> beam.PCollection:
        """Build the stages."""
        buckets = (
            sentences
            | "CountPerBundle" >> beam.ParDo(_CountPerBundle())
            | "SumPerBucket" >> beam.CombinePerKey(AddCounts())
        )
        least = AsSingleton(
            buckets
            | "CountsOfCounts" >> beam.Map(lambda bucket: Counter(bucket[1].values()))
            | "SumCountsOfCounts" >> beam.CombineGlobally(AddCounts())
            | "MinimumCount" >> beam.Map(minimum_count, self._most)
        )
        return (
            buckets
            | "RemoveRare" >> beam.Map(_remove_rare, least)
            | "MergeBuckets" >> beam.CombineGlobally(AddCounts())
        )


class AddCounts(beam.CombineFn):
    """Sums counts."""

    def create_accumulator(self) -> Counter[Any]:
        """Return empty counts."""
        return Counter()

    def add_input(self, accumulator: Counter[Any], counts: Mapping[Any, int]) -> Counter[Any]:
        """Add the counts of one table."""
        accumulator.update(counts)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[Counter[Any]]) -> Counter[Any]:
        """Add the counts of several workers."""
        total: Counter[Any] = Counter()
        for counts in accumulators:
            total.update(counts)
        return total

    def extract_output(self, accumulator: Counter[Any]) -> Counter[Any]:
        """Return the counts."""
        return accumulator


class _CountPerBundle(beam.DoFn):
    def start_bundle(self) -> None:
        self._counts: Counter[str] = Counter()

    def process(self, sentence: str) -> Iterator[Bucket]:
        self._counts.update(count_eojeols(sentence))
        if len(self._counts) > LOCAL_TABLE_SIZE:
            yield from into_buckets(self._counts)
            self._counts = Counter()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for bucket in into_buckets(self._counts):
            yield WindowedValue(bucket, GlobalWindow().max_timestamp(), (GlobalWindow(),))
        self._counts = Counter()


def into_buckets(counts: Mapping[str, int]) -> Iterator[Bucket]:
    """Partition counts into numbered buckets; an eojeol is always in the same one."""
    buckets: dict[int, dict[str, int]] = {}
    for eojeol, count in counts.items():
        buckets.setdefault(zlib.crc32(eojeol.encode()) % BUCKETS, {})[eojeol] = count
    yield from buckets.items()


def minimum_count(counts: Mapping[int, int], most: int) -> int:
    """Return the smallest count that at most `most` eojeol reach.

    Args:
        counts: number of eojeol by count (how many occur once, twice, …).
        most: maximum number of eojeol to keep.
    """
    left = sum(counts.values())
    for count in sorted(counts):
        if left <= most:
            return count
        left -= counts[count]
    return max(counts, default=0) + 1


def _remove_rare(bucket: Bucket, least: int) -> dict[str, int]:
    return {eojeol: count for eojeol, count in bucket[1].items() if count >= least}
