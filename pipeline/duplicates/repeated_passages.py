"""Removes passages that two works share from one of them.

A story may be published alone and in a collection, and an author may use a chapter twice. After
this step no two works share a run of `MIN_REPEATED_LETTERS` letters or more, so no such run can
leak from the train split into another. The method is that of plagiarism detection: winnowing
selects a fingerprint of shingle hashes from each work; equal hashes are grouped, so works need
not be compared in pairs; and repeated shingles close to one another form a passage, so that
passages with changed words are found too (D. Smith, R. Cordell, A. Mullen, Computational Methods
for Uncovering Reprinted Texts, American Literary History 27, 2015).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from pipeline.duplicates import shingles
from pipeline.duplicates.passage_removal import RepeatedPassage, remove_passages
from pipeline.duplicates.precedence import Precedence, precedence
from pipeline.reading.works import REJECTED_TAG, Work

# About 30 eojeol, or 2 to 3 sentences. Proverbs, first lines of songs, epistolary formulas and
# short dialogue are shorter and stay in every work.
MIN_REPEATED_LETTERS = 100
SHINGLE_LENGTH = 16  # letters, about five eojeol
WINDOW = 8  # consecutive shingles, of which winnowing selects one
# Selected shingles cover such a run but for up to WINDOW - 1 letters at each end.
MIN_COVERED = MIN_REPEATED_LETTERS - 2 * (WINDOW - 1)
MAX_GAP = 32  # letters between shingles of one passage: a changed word and the shingles it breaks
MIN_DENSITY = 0.5  # share of a passage that its repeated shingles must cover
PARTITIONS = 64  # of the hashes; a worker holds one in memory

Ints = NDArray[np.int64]


class Fingerprint(NamedTuple):
    """The winnowed hashes of a work, or those of one partition.

    Attributes:
        work: the work's precedence.
        hashes: selected hashes ``[N] uint64``.
        positions: index in the work of each shingle's first letter ``[N] int64``.
    """

    work: Precedence
    hashes: shingles.Hashes
    positions: Ints


class RepeatedShingles(NamedTuple):
    """Shingles of a work that occur in a work that takes precedence.

    Attributes:
        positions: index in the work of each shingle's first letter ``[N] int64``.
        sources: index in `files` of the work that keeps the shingle ``[N] int64``.
        files: names of the other works.
    """

    positions: Ints
    sources: Ints
    files: tuple[str, ...]


class RemoveRepeatedPassages(beam.PTransform):
    """Removes the sentences of passages found in a work that takes precedence.

    Returns:
        The works, and a `Rejection` for each passage, or for the work if most of it is repeated.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Build the stages."""
        repeats = (
            works
            | "Fingerprint" >> beam.FlatMap(_partitions)
            | "GroupByHashPartition" >> beam.GroupByKey()
            | "FindRepeats" >> beam.FlatMap(lambda element: find_repeats(element[1]))
        )
        by_file = works | "KeyByFile" >> beam.Map(lambda work: (work.file, work))
        kept = (
            {"work": by_file, "repeats": repeats}
            | "JoinWorksWithRepeats" >> beam.CoGroupByKey()
            | "RemovePassages"
            >> beam.ParDo(_RemovePassages()).with_outputs(REJECTED_TAG, main="works")
        )
        return kept.works, kept[REJECTED_TAG]


def fingerprint(work: Work) -> Fingerprint:
    """Return the fingerprint of a work, by winnowing."""
    values = shingles.hashes(shingles.letters("".join(work.lines)), SHINGLE_LENGTH)
    positions = shingles.winnow(values, WINDOW)
    return Fingerprint(precedence(work), values[positions], positions)


def _partitions(work: Work) -> Iterator[tuple[int, Fingerprint]]:
    prints = fingerprint(work)
    partition = prints.hashes % np.uint64(PARTITIONS)
    for number in np.unique(partition).tolist():
        here = partition == number
        yield number, Fingerprint(prints.work, prints.hashes[here], prints.positions[here])


def find_repeats(group: Iterable[Fingerprint]) -> Iterator[tuple[str, RepeatedShingles]]:
    """Yield ``(file, its repeated shingles)`` for the works of one partition that have any."""
    prints = sorted(group, key=lambda it: it.work)
    files = tuple(it.work.file for it in prints)
    hashes = np.concatenate([it.hashes for it in prints])
    positions = np.concatenate([it.positions for it in prints])
    owner = np.repeat(np.arange(len(prints)), [len(it.hashes) for it in prints])
    order = np.argsort(hashes, kind="stable")  # within a hash, by precedence
    hashes, positions, owner = hashes[order], positions[order], owner[order]
    begins = np.r_[True, hashes[1:] != hashes[:-1]]
    first = owner[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    repeated = np.flatnonzero(owner != first)
    for number in np.unique(owner[repeated]).tolist():
        here = repeated[owner[repeated] == number]
        sources, index = np.unique(first[here], return_inverse=True)
        names = tuple(files[source] for source in sources.tolist())
        yield files[number], RepeatedShingles(positions[here], index.astype(np.int64), names)


def find_passages(repeats: Iterable[RepeatedShingles]) -> list[RepeatedPassage]:
    """Join repeated shingles close to one another into passages, in order."""
    found = sorted(
        (position, each.files[source])
        for each in repeats
        for position, source in zip(each.positions.tolist(), each.sources.tolist(), strict=True)
    )
    passages, start = [], 0
    for here, (position, _) in enumerate(found):
        after = found[here + 1][0] if here + 1 < len(found) else None
        if after is None or after - position - SHINGLE_LENGTH > MAX_GAP:
            passage = _passage(found[start : here + 1])
            if passage is not None:
                passages.append(passage)
            start = here + 1
    return passages


def _passage(found: Sequence[tuple[int, str]]) -> RepeatedPassage | None:
    positions = np.array([position for position, _ in found])
    covered = int(np.minimum(np.diff(positions), SHINGLE_LENGTH).sum()) + SHINGLE_LENGTH
    start, end = int(positions[0]), int(positions[-1]) + SHINGLE_LENGTH
    if covered < MIN_COVERED or covered < MIN_DENSITY * (end - start):
        return None
    names = Counter(name for _, name in found)
    return RepeatedPassage(start, end, min(names, key=lambda name: (-names[name], name)))


class _RemovePassages(beam.DoFn):
    def process(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Any]:
        (work,) = element[1]["work"]
        left, rejections = remove_passages(work, find_passages(element[1]["repeats"]))
        if left is not None:
            yield left
        for rejection in rejections:
            yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
