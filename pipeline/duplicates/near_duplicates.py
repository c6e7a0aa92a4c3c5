"""Removes near-duplicates: editions of one text with other spelling, a preface, merged chapters.

MinHash (A. Broder) estimates the similarity of two works from their shingles. Locality-sensitive
hashing selects the pairs to compare: works whose signatures agree in at least one band. So no
work is compared with all others. J. Leskovec, A. Rajaraman, J. Ullman, Mining of Massive
Datasets, ch. 3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsSingleton
from datasketch import MinHash

from pipeline.duplicates import shingles
from pipeline.duplicates.precedence import Precedence, precedence
from pipeline.progress import count
from pipeline.reading.works import REJECTED_TAG, Work
from pipeline.rejections import Rejection

# Letters in a shingle. Two editions that differ in every tenth word have a similarity of 0.6 at
# this length; two novels by one author stay below 0.1.
SHINGLE_LENGTH = 5
SAMPLE_ONE_IN = 4  # of the shingles, selected by hash; enough to compare works
PERMUTATIONS = 128
# 32 bands of 4 rows find pairs of similarity 0.5, 0.6 and 0.7 with probability 0.87, 0.988, 0.9998.
ROWS_PER_BAND = 4
MIN_SIMILARITY = 0.5  # Jaccard, of a near-duplicate
MIN_SHINGLES = 20  # in the sample; shorter works (about 80 letters) are not compared


@dataclass(frozen=True)
class Sketch:
    """A summary of a work, by which works are compared.

    Attributes:
        work: the work's precedence, which also identifies it.
        signature: MinHash values ``[PERMUTATIONS] uint32`` as bytes; empty for a short work.
    """

    work: Precedence
    signature: bytes

    def similarity(self, other: "Sketch") -> float:
        """Estimate the Jaccard similarity."""
        return float(np.mean(_numbers(self.signature) == _numbers(other.signature)))


Pair = tuple[Precedence, Precedence, float]  # the work that takes precedence, the other, similarity


class RemoveNearDuplicates(beam.PTransform):
    """Keeps one of the works that are nearly the same.

    Returns:
        The works, and a `Rejection` for each work removed.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Build the stages."""
        removed = AsSingleton(
            works
            | "ComputeMinHash" >> beam.Map(sketch)
            | "KeyByBand" >> beam.FlatMap(_bands)
            | "GroupByBand" >> beam.GroupByKey()
            | "FindSimilarPairs" >> beam.FlatMap(lambda element: similar_pairs(element[1]))
            | "CollectPairs" >> beam.combiners.ToList()
            | "ChooseRemoved" >> beam.Map(choose_removed)
        )
        kept = works | "SeparateRemoved" >> beam.ParDo(_RemoveWorks(), removed).with_outputs(
            REJECTED_TAG, main="works"
        )
        return kept.works, kept[REJECTED_TAG]


def sketch(work: Work) -> Sketch:
    """Return the sketch of a work; a work that is too short has no signature."""
    values = shingles.hashes(shingles.letters("".join(work.lines)), SHINGLE_LENGTH)
    values = np.unique(values[values % np.uint64(SAMPLE_ONE_IN) == 0]) >> np.uint64(32)
    if len(values) < MIN_SHINGLES:
        return Sketch(precedence(work), b"")
    minhash = MinHash(PERMUTATIONS, hashfunc=int)
    for start in range(0, len(values), 4096):  # more at once exceed the CPU cache
        minhash.update_batch(values[start : start + 4096].tolist())
    return Sketch(precedence(work), minhash.hashvalues.astype("<u4").tobytes())


def similar_pairs(sketches: Iterable[Sketch]) -> Iterator[Pair]:
    """Yield the similar pairs among works that share a band.

    Each work is compared only with leaders, the works that resemble no earlier one: a thousand
    editions of one text make a thousand pairs, not half a million.
    """
    leaders: list[Sketch] = []
    for one in sorted(sketches, key=lambda it: it.work):
        found = [(leader.work, one.work, one.similarity(leader)) for leader in leaders]
        similar = [pair for pair in found if pair[2] >= MIN_SIMILARITY]
        yield from similar
        if not similar:
            leaders.append(one)


def choose_removed(pairs: Sequence[Pair]) -> dict[str, tuple[str, float]]:
    """Return the files to remove: ``{file: (similar file kept, share in common)}``.

    A work is removed only if it is similar to one that is kept, because the two ends of a chain of
    editions may have little in common.
    """
    removed: dict[str, tuple[str, float]] = {}
    for first, other, similarity in sorted(set(pairs), key=lambda it: (it[1], it[0])):
        if first.file not in removed and other.file not in removed:
            both = similarity / (1 + similarity) * (first.characters + other.characters)
            removed[other.file] = first.file, min(1.0, both / other.characters)
    return removed


def _bands(one: Sketch) -> Iterator[tuple[tuple[int, bytes], Sketch]]:
    size = ROWS_PER_BAND * 4
    for start in range(0, len(one.signature), size):
        yield (start, one.signature[start : start + size]), one


def _numbers(signature: bytes) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.frombuffer(signature, "<u4")


class _RemoveWorks(beam.DoFn):
    def process(self, work: Work, removed: Mapping[str, tuple[str, float]]) -> Iterator[Any]:
        if work.file not in removed:
            yield work
            return
        kept, share = removed[work.file]
        count("near duplicates removed")
        detail = f"{kept}, about {share:.0%} of its text"
        rejection = Rejection(work.file, "nearly the same as another work", detail)
        yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
