"""Keeps every text once: drops works and passages that are there already."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from pipeline.duplicates.editions import DropNearDuplicates
from pipeline.duplicates.precedence import precedence
from pipeline.duplicates.repeated import DropRepeated
from pipeline.reading.works import REJECTED_TAG, Work
from pipeline.rejections import Rejection


class DropDuplicates(beam.PTransform):
    """Drops identical works, then nearly identical ones, then passages that stand in two.

    Returns:
        The works, and a `Rejection` of each file or passage that was dropped.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Builds the steps."""
        works, identical = works | "DropIdentical" >> DropIdentical()
        works, near = works | "DropNearDuplicates" >> DropNearDuplicates()
        works, repeated = works | "DropRepeated" >> DropRepeated()
        return works, (identical, near, repeated) | "Dropped" >> beam.Flatten()


class DropIdentical(beam.PTransform):
    """Keeps one of the works with the same content.

    Returns:
        The works, and a `Rejection` of each other file.
    """

    def expand(self, works: beam.PCollection) -> Any:
        """Builds the steps."""
        kept = (
            works
            | "KeyByContent" >> beam.Map(lambda work: (work.id, work))
            | "GroupSameContent" >> beam.GroupByKey()
            | "KeepOne" >> beam.ParDo(_KeepOne()).with_outputs(REJECTED_TAG, main="works")
        )
        return kept.works, kept[REJECTED_TAG]


class _KeepOne(beam.DoFn):
    def process(self, element: tuple[str, Iterable[Work]]) -> Iterator[Any]:
        first, *others = sorted(element[1], key=precedence)
        yield first
        for work in others:
            rejection = Rejection(work.file, "same content as another work", first.file)
            yield beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
