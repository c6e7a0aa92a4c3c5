"""Drops works that are there already."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam

from pipeline.rejections import Rejection
from pipeline.works import REJECTED, Work


class DropDuplicates(beam.PTransform):
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
            | "KeepOne" >> beam.ParDo(_KeepOne()).with_outputs(REJECTED, main="works")
        )
        return kept.works, kept[REJECTED]


class _KeepOne(beam.DoFn):
    def process(self, element: tuple[str, Iterable[Work]]) -> Iterator[Any]:
        first, *others = sorted(element[1], key=lambda work: work.file)
        yield replace(first, chosen=first.chosen or any(work.chosen for work in others))
        for work in others:
            yield beam.pvalue.TaggedOutput(
                REJECTED, Rejection(work.file, f"same content as {first.file}")
            )
