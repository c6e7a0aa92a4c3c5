"""Counts rejections by reason."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam

from pipeline.progress import REJECTIONS, count
from pipeline.rejections import Rejection, sort_key

EXAMPLES = 5  # kept for each reason


@dataclass(frozen=True)
class RejectionCount:
    """The rejections for one reason.

    Attributes:
        count: their number.
        examples: the first of them.
    """

    count: int = 0
    examples: tuple[Rejection, ...] = ()


class CountRejections(beam.PTransform):
    """Turns rejections into counts by reason: ``(reason, RejectionCount)``."""

    def expand(self, rejections: beam.PCollection) -> beam.PCollection:
        """Build the stages."""
        return (
            rejections
            | "KeyByReason" >> beam.Map(_keyed)
            | "CountPerReason" >> beam.CombinePerKey(_Combine())
        )


def _keyed(rejection: Rejection) -> tuple[str, Rejection]:
    count(f"{REJECTIONS}: {rejection.reason}")
    return rejection.reason, rejection


class _Combine(beam.CombineFn):
    def create_accumulator(self) -> RejectionCount:
        return RejectionCount()

    def add_input(self, accumulator: RejectionCount, rejection: Rejection) -> RejectionCount:
        return _merge((accumulator, RejectionCount(1, (rejection,))))

    def merge_accumulators(self, accumulators: Iterable[RejectionCount]) -> RejectionCount:
        return _merge(accumulators)

    def extract_output(self, accumulator: RejectionCount) -> RejectionCount:
        return accumulator


def _merge(reasons: Iterable[RejectionCount]) -> RejectionCount:
    reasons = list(reasons)
    examples = (example for reason in reasons for example in reason.examples)
    return RejectionCount(
        sum(reason.count for reason in reasons),
        tuple(heapq.nsmallest(EXAMPLES, examples, key=sort_key)),
    )
