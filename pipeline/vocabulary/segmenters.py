"""Word segmentation by soynlp's statistics or one of KoNLPy's analysers (``--segmenter``).

An analyser gets every distinct word once, out of context, so its time grows with the number of
distinct words, not with the length of the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice

import apache_beam as beam

from pipeline.errors import JobError
from pipeline.progress import count
from pipeline.vocabulary import konlpy_analysers, morphemes
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation, hangul_words, segment_words

SOYNLP = "soynlp"
_KONLPY = "konlpy:"
SEGMENTERS = (SOYNLP, *(_KONLPY + name for name in konlpy_analysers.CLASSES))

BATCH = 1000  # words per element handed to a worker
MAX_FAILED_SHARE = 0.05  # of the words an analyser raises an exception for


def check(segmenter: str) -> None:
    """Check that what a segmenter needs is installed, before a long job begins.

    Raises:
        JobError: if something is missing; says how to install it.
    """
    if segmenter != SOYNLP:
        konlpy_analysers.check(segmenter.removeprefix(_KONLPY))
    elif find_spec(SOYNLP) is None:
        raise JobError(
            'soynlp is not installed; install it with: pip install -c constraints.txt ".[pipeline]"'
        )


class SegmentWords(beam.PTransform):
    """Turns the counts of all eojeol (one element) into a `WordSegmentation` (one element).

    Args:
        segmenter: one of `SEGMENTERS`.
    """

    def __init__(self, segmenter: str) -> None:
        super().__init__()
        self._segmenter = segmenter

    def expand(self, eojeols: beam.PCollection) -> beam.PCollection:
        """Build the stages."""
        if self._segmenter == SOYNLP:
            return eojeols | "SegmentWithSoynlp" >> beam.Map(segment_words)
        return (
            eojeols
            | "BatchWords" >> beam.FlatMap(word_batches)
            | "ReshuffleBatches" >> beam.Reshuffle()
            | "AnalyseWords" >> beam.ParDo(_Analyse(self._segmenter))
            | "MergeAnalyses" >> beam.CombineGlobally(MergeAnalyses())
            | "ToSegmentation" >> beam.Map(to_segmentation, self._segmenter)
        )


@dataclass
class Analysis:
    """Results of an analyser.

    Attributes:
        words: number of words analysed.
        boundaries: morpheme boundaries of each word that has any.
        failed: words that the analyser raised an exception for, with its message.
    """

    words: int = 0
    boundaries: dict[str, tuple[int, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Analysis") -> None:
        """Add the results for other words."""
        self.words += other.words
        self.boundaries.update(other.boundaries)
        self.failed.update(other.failed)


def word_batches(eojeols: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield the distinct Hangul words of two syllables or more, in batches."""
    rest = (word for word in hangul_words(eojeols) if len(word) > 1)
    while batch := list(islice(rest, BATCH)):
        yield batch


def analyse(batch: Iterable[str], analyser: konlpy_analysers.Analyser) -> Analysis:
    """Find the boundaries in words; a word that the analyser fails on stays whole."""
    found = Analysis()
    for word in batch:
        found.words += 1
        try:
            boundaries = morphemes.boundaries(word, analyser.morphemes(word))
        except Exception as error:  # Java, SWIG and KoNLPy have no narrower base class in common
            found.failed[word] = " ".join(f"{type(error).__name__}: {error}".split())
            continue
        if boundaries:
            found.boundaries[word] = boundaries
    return found


class _Analyse(beam.DoFn):
    def __init__(self, segmenter: str) -> None:
        self._name = segmenter.removeprefix(_KONLPY)

    def setup(self) -> None:
        konlpy_analysers.load(self._name)

    def process(self, batch: list[str]) -> Iterator[Analysis]:
        found = analyse(batch, konlpy_analysers.load(self._name))
        count("words analysed", found.words)
        if found.failed:
            count("words the analyser failed on", len(found.failed))
        yield found


class MergeAnalyses(beam.CombineFn):
    """Merges the results of all batches."""

    def create_accumulator(self) -> Analysis:
        """Return empty results."""
        return Analysis()

    def add_input(self, accumulator: Analysis, found: Analysis) -> Analysis:
        """Add the results of a batch."""
        accumulator.add(found)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[Analysis]) -> Analysis:
        """Add the results of several workers."""
        total = Analysis()
        for found in accumulators:
            total.add(found)
        return total

    def extract_output(self, accumulator: Analysis) -> Analysis:
        """Return the merged results."""
        return accumulator


def to_segmentation(found: Analysis, segmenter: str) -> WordSegmentation:
    """Return the boundaries, sorted by word.

    Raises:
        JobError: if the analyser failed on more than `MAX_FAILED_SHARE` of the words.
    """
    if len(found.failed) > MAX_FAILED_SHARE * found.words:
        word = min(found.failed)
        raise JobError(
            f"--segmenter {segmenter} failed on {len(found.failed):,} of {found.words:,} words, "
            f"for example {word}: {found.failed[word]}; use another segmenter"
        )
    return WordSegmentation(boundaries=dict(sorted(found.boundaries.items())))
