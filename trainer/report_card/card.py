"""The report card: measures every column and writes the card's files."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trainer import run_files
from trainer.configuration import TrainerError, write_atomically
from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_works
from trainer.report_card import newness
from trainer.report_card.bootstrap import Estimate, estimate_ratio
from trainer.report_card.chart import draw
from trainer.report_card.context import measure_context
from trainer.report_card.continuation import continue_stories
from trainer.report_card.grammar import Grammar
from trainer.report_card.models import JudgedModel
from trainer.report_card.quality_metrics import METRICS
from trainer.report_card.spelling import Spelling
from trainer.report_card.table import table
from trainer.report_card.windows import Window, held_out_windows

FORMAT_VERSION = 1
SIGNATURES = ("suggest", "sample")

Parts = dict[str, list[tuple[float, float]]]


class ReportCard:
    """Judges text against the text of a data set.

    Args:
        data: the test split is the yardstick; the train split is what must not be copied.
        count: maximum number of windows of ten sentences in a column.
        seed: of all choices.

    Raises:
        TrainerError: the test split is empty or too short, or Hunspell or its dictionary is
            missing.
    """

    def __init__(self, data: EncodedCorpus, count: int, seed: int):
        if not data.sentences("test"):
            raise TrainerError(
                f"the test split of {data.folder} is empty, so there is no human text to compare "
                "with; add novels, or select some with python -m pipeline --test_works"
            )
        self.seed = seed
        self.spelling = Spelling()
        self.works = read_works(data, "test")
        self.human = held_out_windows(self.works, count, seed)
        self.grammar = Grammar([s for work in self.works for s in work])
        self.training = newness.TrainingText(s for work in read_works(data, "train") for s in work)

    def prose(self, windows: Sequence[Window]) -> Parts:
        """Spelling, grammar and newness, window by window."""
        morphemes = self.grammar.morphemes
        measured = {
            "unknown_words": self.spelling.unknown,
            "unlikely_sentences": self.grammar.unlikely,
            "final_endings": self.grammar.final_endings,
            "wrong_particles": self.grammar.wrong_particles,
            "seq_rep_4": lambda window: newness.repeated_ngrams(window, morphemes),
            "distinct_2": lambda window: newness.distinct_bigrams(window, morphemes),
            "alike": lambda window: newness.similar_pairs(window, morphemes),
            "longest_match": lambda window: newness.longest_matches(window, self.training),
            "copied_sentences": lambda window: newness.copied_sentences(window, self.training),
        }
        return {key: [measure(window) for window in windows] for key, measure in measured.items()}

    def context(
        self, model: JudgedModel, windows: Sequence[Window], on_progress: Callable[[int], object]
    ) -> Parts:
        """Context and fit: how well a model predicts the sentences of some text."""
        results = measure_context(model, self.works, windows, self.seed, on_progress)
        return {
            "hits_other_works": [result.other_works for result in results],
            "hits_same_work": [result.same_work for result in results],
            "bits_per_character": [result.fit for result in results],
        }

    def column(self, name: str, parts: Parts) -> dict[str, Any]:
        """A column: estimates by metric key, None where nothing was measured."""
        estimates = {m.key: estimate_ratio(parts.get(m.key, []), self.seed) for m in METRICS}
        return {"name": name, "figures": {key: _rounded(one) for key, one in estimates.items()}}


def of_model(card: ReportCard, model: JudgedModel) -> dict[str, Any]:
    """The card of a model: what it writes with each signature, and its context and fit."""
    from tqdm import tqdm

    human = card.human
    steps = len(human) * (1 + 10 * len(SIGNATURES))
    with tqdm(total=steps, desc="report card", disable=not sys.stderr.isatty()) as bar:
        context = card.context(model, human, bar.update)
        columns = [card.column("human", card.prose(human))]
        for signature in SIGNATURES:
            windows = continue_stories(model, signature, human, card.seed, bar.update)
            columns.append(card.column(signature, card.prose(windows) | context))
    return make_card(model.name, card, columns)


def of_stories(
    card: ReportCard, name: str, windows: list[Window], model: JudgedModel | None
) -> dict[str, Any]:
    """The card of a file of stories; ``model``, if given, judges its context."""
    from tqdm import tqdm

    with tqdm(total=len(windows), desc="report card", disable=not sys.stderr.isatty()) as bar:
        context = card.context(model, windows, bar.update) if model else {}
        columns = [
            card.column("human", card.prose(card.human)),
            card.column("stories", card.prose(windows) | context),
        ]
    return make_card(name, card, columns)


def make_card(name: str, card: ReportCard, columns: list[dict[str, Any]]) -> dict[str, Any]:
    """A card, as in ``report_card.json``."""
    return {
        "format_version": FORMAT_VERSION,
        "model": name,
        "windows": len(card.human),
        "seed": card.seed,
        "columns": columns,
    }


def save(card: dict[str, Any], folder: Path) -> None:
    """Write a card as JSON, Markdown and PNG into ``folder``, created if necessary.

    Raises:
        TrainerError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw(card, folder / run_files.CARD_CHART)
        write_atomically(folder / run_files.CARD_TABLE, table(card))
        text = json.dumps(card, ensure_ascii=False, indent=2)
        write_atomically(folder / run_files.CARD, text + "\n")
    except OSError as error:
        raise TrainerError(f"the report card cannot be written: {error}") from None


def _rounded(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    return {key: round(value, 4) for key, value in dataclasses.asdict(estimate).items()}
