"""The rows of the report card."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Metric:
    """A row of the card.

    Attributes:
        key: its name in ``report_card.json``.
        mark: the mark that it belongs to.
        title: its name in the table and the chart.
        percent: whether it is a share.
    """

    key: str
    mark: str
    title: str
    percent: bool


SPELLING, GRAMMAR = "spelling 맞춤법", "grammar 문법"
CONTEXT, NEWNESS, FIT = "context 문맥", "newness 새로움", "fit"

METRICS = (
    Metric("unknown_words", SPELLING, "words unknown to hunspell-ko", True),
    Metric("unlikely_sentences", GRAMMAR, "sentences below the human 5th percentile", True),
    Metric("final_endings", GRAMMAR, "narration that ends in a final ending", True),
    Metric("wrong_particles", GRAMMAR, "sentences with a wrong particle form", True),
    Metric("hits_other_works", CONTEXT, "hits@1 of 10, distractors from other works", True),
    Metric("hits_same_work", CONTEXT, "hits@1 of 10, distractors from the same work", True),
    Metric("seq_rep_4", NEWNESS, "repeated 4-grams in ten sentences (seq-rep-4)", True),
    Metric("distinct_2", NEWNESS, "distinct bigrams among the ten candidates (distinct-2)", True),
    Metric("alike", NEWNESS, "candidate pairs that share over half of their bigrams", True),
    Metric("longest_match", NEWNESS, "longest match with training text, characters", False),
    Metric("copied_sentences", NEWNESS, "sentences copied from training text", True),
    Metric("bits_per_character", FIT, "bits per character of the human sentences", False),
)


def format_value(metric: Metric, value: float) -> str:
    """A value as the table and the chart show it."""
    return f"{100 * value:.1f} %" if metric.percent else f"{value:.2f}"
