"""What the report card measures: the names of its rows, and which way is better."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Measure:
    """A row of the card.

    Attributes:
        key: its name in JSON.
        mark: which of the marks it belongs to.
        title: for people.
        percent: whether it is a share.
        aim: "low", "high", or "human": as people do.
    """

    key: str
    mark: str
    title: str
    percent: bool
    aim: str


SPELLING, GRAMMAR = "spelling 맞춤법", "grammar 문법"
CONTEXT, NEWNESS, FIT = "context 문맥", "newness 새로움", "fit"

MEASURES = (
    Measure("unknown_words", SPELLING, "words that hunspell-ko does not know", True, "human"),
    Measure("unlikely_sentences", GRAMMAR, "sentences below the human 5th percentile", True, "low"),
    Measure("final_endings", GRAMMAR, "narration that ends in a final ending", True, "high"),
    Measure("wrong_particles", GRAMMAR, "particles that break the batchim rule", True, "low"),
    Measure("hits_other_works", CONTEXT, "hits@1 of 10, others from other works", True, "high"),
    Measure("hits_same_work", CONTEXT, "hits@1 of 10, others from the same work", True, "high"),
    Measure("seq_rep_4", NEWNESS, "repeated 4-grams of ten sentences (seq-rep-4)", True, "low"),
    Measure("distinct_2", NEWNESS, "different bigrams of the ten (distinct-2)", True, "high"),
    Measure("alike", NEWNESS, "pairs of the ten that share half of their bigrams", True, "low"),
    Measure("longest_match", NEWNESS, "longest match with training text, characters", False, "low"),
    Measure("copied_sentences", NEWNESS, "sentences copied whole from training text", True, "low"),
    Measure("bits_per_character", FIT, "bits a character of the human sentences", False, "low"),
)


def shown(measure: Measure, value: float | None) -> str:
    """A value as the table shows it."""
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if measure.percent else f"{value:.2f}"
