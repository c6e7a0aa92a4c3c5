"""How much was refused for which reason."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam

from pipeline.progress import REJECTIONS, count
from pipeline.rejections import Rejection, sort_key

EXAMPLES = 5  # kept of each reason


@dataclass(frozen=True)
class Reason:
    """What was refused for one reason.

    Attributes:
        count: how many.
        examples: the first of them.
    """

    count: int = 0
    examples: tuple[Rejection, ...] = ()


class CountReasons(beam.PTransform):
    """Groups rejections: ``(reason, Reason)``."""

    def expand(self, rejections: beam.PCollection) -> beam.PCollection:
        """Builds the steps."""
        return (
            rejections
            | "KeyByReason" >> beam.Map(_keyed)
            | "CountReasons" >> beam.CombinePerKey(_Combine())
        )


def _keyed(rejection: Rejection) -> tuple[str, Rejection]:
    count(f"{REJECTIONS}: {rejection.reason}")
    return rejection.reason, rejection


class _Combine(beam.CombineFn):
    def create_accumulator(self) -> Reason:
        return Reason()

    def add_input(self, accumulator: Reason, rejection: Rejection) -> Reason:
        return _merge((accumulator, Reason(1, (rejection,))))

    def merge_accumulators(self, accumulators: Iterable[Reason]) -> Reason:
        return _merge(accumulators)

    def extract_output(self, accumulator: Reason) -> Reason:
        return accumulator


def _merge(reasons: Iterable[Reason]) -> Reason:
    reasons = list(reasons)
    examples = (example for reason in reasons for example in reason.examples)
    return Reason(
        sum(reason.count for reason in reasons),
        tuple(heapq.nsmallest(EXAMPLES, examples, key=sort_key)),
    )
