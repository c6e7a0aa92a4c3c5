"""Removes duplicates in three steps: exact copies, near-duplicates, repeated passages."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from pipeline.duplicates.near_duplicates import RemoveNearDuplicates
from pipeline.duplicates.precedence import precedence
from pipeline.duplicates.repeated_passages import RemoveRepeatedPassages
from pipeline.reading.works import REJECTED_TAG, Work
from pipeline.rejections import Rejection


class RemoveDuplicates(beam.PTransform):
    """Removes exact copies of works, then near-duplicates, then passages found in two works.

    Returns:
        The works, and a `Rejection` for each file or passage removed.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Build the stages."""
        works, copies = works | "RemoveExactDuplicates" >> RemoveExactDuplicates()
        works, near = works | "RemoveNearDuplicates" >> RemoveNearDuplicates()
        works, repeated = works | "RemoveRepeatedPassages" >> RemoveRepeatedPassages()
        return works, (copies, near, repeated) | "MergeRejections" >> beam.Flatten()


class RemoveExactDuplicates(beam.PTransform):
    """Keeps one of the works with the same content.

    Returns:
        The works, and a `Rejection` for each file removed.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Build the stages."""
        kept = (
            works
            | "KeyByContent" >> beam.Map(lambda work: (work.id, work))
            | "GroupByContent" >> beam.GroupByKey()
            | "KeepFirst" >> beam.ParDo(_KeepFirst()).with_outputs(REJECTED_TAG, main="works")
        )
        return kept.works, kept[REJECTED_TAG]


class _KeepFirst(beam.DoFn):
    def process(self, element: tuple[str, Iterable[Work]]) -> Iterator[Any]:
        first, *others = sorted(element[1], key=precedence)
        yield first
        for work in others:
            rejection = Rejection(work.file, "same content as another work", first.file)
            yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
