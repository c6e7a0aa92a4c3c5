"""Finds works that are editions of one text: other spellings, a preface, chapters put together.

A. Broder's MinHash estimates how many short strings two works have in common, and bands of a
signature that are equal (locality-sensitive hashing) say which two works to compare at all, so no
work meets every other: J. Leskovec, A. Rajaraman, J. Ullman, Mining of Massive Datasets, ch. 3.
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

# Letters of a shingle. Where every tenth word is changed, two editions share 0.6 of all different
# strings of 5 letters; two novels by one author share less than 0.1.
LENGTH = 5
SAMPLE = 4  # one shingle of so many, chosen by its hash, is enough to compare by
PERMUTATIONS = 128
BAND = 4  # numbers; of works with similarity 0.5, 0.6, 0.7, 32 bands find 0.87, 0.988, 0.9998
LEAST_SIMILAR = 0.5  # Jaccard
LEAST_SHINGLES = 20  # in the sample; a text of fewer, about 80 letters, is not compared


@dataclass(frozen=True)
class Sketch:
    """What is known of a work where works are compared.

    Attributes:
        work: its precedence, which also identifies it.
        signature: MinHash values ``[PERMUTATIONS] uint32``, as bytes; or empty.
    """

    work: Precedence
    signature: bytes

    def similarity(self, other: "Sketch") -> float:
        """Estimates the Jaccard similarity."""
        return float(np.mean(_numbers(self.signature) == _numbers(other.signature)))


Pair = tuple[Precedence, Precedence, float]  # the one that goes first, the other, similarity


class DropNearDuplicates(beam.PTransform):
    """Keeps one of the works that are nearly the same.

    Returns:
        The works, and a `Rejection` of each that was dropped.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Builds the steps."""
        dropped = AsSingleton(
            works
            | "Sketch" >> beam.Map(sketch)
            | "CutBands" >> beam.FlatMap(_bands)
            | "GroupByBand" >> beam.GroupByKey()
            | "ComparePairs" >> beam.FlatMap(lambda element: similar_pairs(element[1]))
            | "AllPairs" >> beam.combiners.ToList()
            | "ChooseDropped" >> beam.Map(choose_dropped)
        )
        kept = works | "DropNear" >> beam.ParDo(_Drop(), dropped).with_outputs(
            REJECTED_TAG, main="works"
        )
        return kept.works, kept[REJECTED_TAG]


def sketch(work: Work) -> Sketch:
    """Returns the sketch of a work, with no signature if it is too short for one."""
    values = shingles.hashes(shingles.letters("".join(work.lines)), LENGTH)
    values = np.unique(values[values % np.uint64(SAMPLE) == 0]) >> np.uint64(32)
    if len(values) < LEAST_SHINGLES:
        return Sketch(precedence(work), b"")
    minhash = MinHash(PERMUTATIONS, hashfunc=int)
    for start in range(0, len(values), 4096):  # more at once do not fit the processor's cache
        minhash.update_batch(values[start : start + 4096].tolist())
    return Sketch(precedence(work), minhash.hashvalues.astype("<u4").tobytes())


def similar_pairs(sketches: Iterable[Sketch]) -> Iterator[Pair]:
    """Yields the pairs that are similar, of works that share a band.

    Each work is compared with those that are like none before them: a thousand editions of one
    text make a thousand pairs, not half a million.
    """
    leaders: list[Sketch] = []
    for one in sorted(sketches, key=lambda it: it.work):
        found = [(leader.work, one.work, one.similarity(leader)) for leader in leaders]
        similar = [pair for pair in found if pair[2] >= LEAST_SIMILAR]
        yield from similar
        if not similar:
            leaders.append(one)


def choose_dropped(pairs: Sequence[Pair]) -> dict[str, tuple[str, float]]:
    """Returns which files to drop: ``{file: (the file it is like, share of it that is there)}``.

    A work is dropped if it is similar to one that is kept, not only to one that is dropped: in a
    chain of editions the ends may have little in common.
    """
    dropped: dict[str, tuple[str, float]] = {}
    for first, other, similarity in sorted(set(pairs), key=lambda it: (it[1], it[0])):
        if first.file not in dropped and other.file not in dropped:
            both = similarity / (1 + similarity) * (first.characters + other.characters)
            dropped[other.file] = first.file, min(1.0, both / other.characters)
    return dropped


def _bands(one: Sketch) -> Iterator[tuple[tuple[int, bytes], Sketch]]:
    size = BAND * 4
    for start in range(0, len(one.signature), size):
        yield (start, one.signature[start : start + size]), one


def _numbers(signature: bytes) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.frombuffer(signature, "<u4")


class _Drop(beam.DoFn):
    def process(self, work: Work, dropped: Mapping[str, tuple[str, float]]) -> Iterator[Any]:
        if work.file not in dropped:
            yield work
            return
        kept, share = dropped[work.file]
        count("near duplicates dropped")
        detail = f"{kept}, about {share:.0%} of its text"
        rejection = Rejection(work.file, "nearly the same as another work", detail)
        yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
