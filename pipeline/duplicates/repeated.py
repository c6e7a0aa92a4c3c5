"""Finds passages that stand in two works, and leaves each in one of them.

A story may stand alone and in a collection, and an author may use a chapter twice. Whatever the
splits, no longer run of letters than `LONGEST_COMMON` is then in two works, so nothing of it can be
learned in training and asked in the test. The steps are those of plagiarism finders: chosen hashes
of short strings (winnowing) meet in groups, which are bounded by the text and need no pairs of
works; and repeated strings that stand close together make a passage, so that a passage is found
also where words were changed (D. Smith, R. Cordell, A. Mullen, Computational Methods for Uncovering
Reprinted Texts, American Literary History 27, 2015).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from pipeline.duplicates import shingles
from pipeline.duplicates.gaps import Passage, drop
from pipeline.duplicates.precedence import Precedence, precedence
from pipeline.reading.works import REJECTED_TAG, Work

# Letters. About 30 eojeol or 2 to 3 sentences: proverbs, songs' first lines, letters' formulas and
# short dialogue are shorter, so they stay wherever they stand.
LONGEST_COMMON = 100
LENGTH = 16  # of a shingle: about five eojeol
WINDOW = 8  # shingles of which one is chosen
# A run of LONGEST_COMMON is covered by chosen shingles but for a window less one at either end.
LEAST_COVERED = LONGEST_COMMON - 2 * (WINDOW - 1)
LARGEST_GAP = 32  # between shingles of one passage: a changed word, and what that takes with it
DENSITY = 0.5  # share of a passage that its shingles must cover
PARTITIONS = 64  # of the hashes: each is one worker's task, in memory

Ints = NDArray[np.int64]


class Prints(NamedTuple):
    """The fingerprint of a work, or a part of it.

    Attributes:
        work: its precedence.
        hashes: chosen hashes ``[N] uint64``.
        positions: of each, the index of its first letter in the work ``[N]``.
    """

    work: Precedence
    hashes: shingles.Hashes
    positions: Ints


class Repeats(NamedTuple):
    """Strings of a work that another work has too, and keeps.

    Attributes:
        positions: index in the work of each string's first letter ``[N]``.
        sources: index in `files` of the work that has it ``[N]``.
        files: names of the other works.
    """

    positions: Ints
    sources: Ints
    files: tuple[str, ...]


class DropRepeated(beam.PTransform):
    """Drops the sentences of passages that stand in a work that takes precedence.

    Returns:
        The works, and a `Rejection` of each passage, or of the work if most of it is repeated.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Builds the steps."""
        repeats = (
            works
            | "Fingerprint" >> beam.FlatMap(_partitions)
            | "GroupByHash" >> beam.GroupByKey()
            | "FindRepeats" >> beam.FlatMap(lambda element: find_repeats(element[1]))
        )
        by_file = works | "KeyByFile" >> beam.Map(lambda work: (work.file, work))
        kept = (
            {"work": by_file, "repeats": repeats}
            | "JoinRepeats" >> beam.CoGroupByKey()
            | "DropPassages" >> beam.ParDo(_Drop()).with_outputs(REJECTED_TAG, main="works")
        )
        return kept.works, kept[REJECTED_TAG]


def fingerprint(work: Work) -> Prints:
    """Chooses hashes of a work's strings."""
    values = shingles.hashes(shingles.letters("".join(work.lines)), LENGTH)
    positions = shingles.winnow(values, WINDOW)
    return Prints(precedence(work), values[positions], positions)


def _partitions(work: Work) -> Iterator[tuple[int, Prints]]:
    prints = fingerprint(work)
    partition = prints.hashes % np.uint64(PARTITIONS)
    for number in np.unique(partition).tolist():
        here = partition == number
        yield number, Prints(prints.work, prints.hashes[here], prints.positions[here])


def find_repeats(group: Iterable[Prints]) -> Iterator[tuple[str, Repeats]]:
    """Yields ``(file, its repeats)`` for the works that have a hash of one that goes first."""
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
        yield files[number], Repeats(positions[here], index.astype(np.int64), names)


def find_passages(repeats: Iterable[Repeats]) -> list[Passage]:
    """Puts repeated strings that stand close together into passages, in order."""
    found = sorted(
        (position, each.files[source])
        for each in repeats
        for position, source in zip(each.positions.tolist(), each.sources.tolist(), strict=True)
    )
    passages, start = [], 0
    for here, (position, _) in enumerate(found):
        after = found[here + 1][0] if here + 1 < len(found) else None
        if after is None or after - position - LENGTH > LARGEST_GAP:
            passage = _passage(found[start : here + 1])
            if passage is not None:
                passages.append(passage)
            start = here + 1
    return passages


def _passage(found: Sequence[tuple[int, str]]) -> Passage | None:
    positions = np.array([position for position, _ in found])
    covered = int(np.minimum(np.diff(positions), LENGTH).sum()) + LENGTH
    start, end = int(positions[0]), int(positions[-1]) + LENGTH
    if covered < LEAST_COVERED or covered < DENSITY * (end - start):
        return None
    names = Counter(name for _, name in found)
    return Passage(start, end, min(names, key=lambda name: (-names[name], name)))


class _Drop(beam.DoFn):
    def process(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Any]:
        (work,) = element[1]["work"]
        left, rejections = drop(work, find_passages(element[1]["repeats"]))
        if left is not None:
            yield left
        for rejection in rejections:
            yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
