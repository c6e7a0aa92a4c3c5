"""The report card itself: every figure of every column, and the files it is written to."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer import run_files
from trainer.configuration import TrainerError, write_atomically
from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_works
from trainer.report_card import context, newness
from trainer.report_card.figures import Figure, ratio
from trainer.report_card.grammar import Grammar
from trainer.report_card.measures import MEASURES
from trainer.report_card.models import JudgedModel
from trainer.report_card.picture import draw
from trainer.report_card.spelling import Spelling
from trainer.report_card.table import table
from trainer.report_card.windows import Window, held_out
from trainer.report_card.writing import written

FORMAT_VERSION = 1
SIGNATURES = ("suggest", "sample")

Parts = dict[str, list[tuple[float, float]]]


class ReportCard:
    """Judges text by the text of one data set.

    Args:
        data: its test split is the yardstick, its training split what must not be copied.
        count: windows of ten sentences in each column, at most.
        seed: of every choice.

    Raises:
        TrainerError: the test split is empty or too short, or a dictionary is missing.
    """

    def __init__(self, data: EncodedCorpus, count: int, seed: int):
        if not data.sentences("test"):
            raise TrainerError(
                f"the test split of {data.folder} is empty, so there is no human text to compare "
                "with; add novels, or choose some with python -m pipeline --test_works"
            )
        self.seed = seed
        self.spelling = Spelling()
        self.works = read_works(data, "test")
        self.human = held_out(self.works, count, seed)
        self.grammar = Grammar([s for work in self.works for s in work])
        self.training = newness.TrainingText(s for work in read_works(data, "train") for s in work)

    def prose(self, windows: Sequence[Window]) -> Parts:
        """Spelling, grammar and newness of some text, window by window."""
        morphemes = self.grammar.morphemes
        measured = {
            "unknown_words": self.spelling.unknown,
            "unlikely_sentences": self.grammar.unlikely,
            "final_endings": self.grammar.final_endings,
            "wrong_particles": self.grammar.wrong_particles,
            "seq_rep_4": lambda window: newness.repeated(window, morphemes),
            "distinct_2": lambda window: newness.distinct(window, morphemes),
            "alike": lambda window: newness.alike(window, morphemes),
            "longest_match": lambda window: newness.longest_matches(window, self.training),
            "copied_sentences": lambda window: newness.copies(window, self.training),
        }
        return {key: [measure(window) for window in windows] for key, measure in measured.items()}

    def judgement(self, model: JudgedModel, windows: Sequence[Window], moved: Any) -> Parts:
        """Context and fit: how well a model tells the next sentence of some text."""
        found = context.ask(model, self.works, windows, self.seed, moved)
        return {
            "hits_other_works": [one.elsewhere for one in found],
            "hits_same_work": [one.nearby for one in found],
            "bits_per_character": [one.fit for one in found],
        }

    def column(self, name: str, parts: Parts) -> dict[str, Any]:
        """A column: figures by key, None where nothing was measured."""
        figures = {m.key: ratio(parts.get(m.key, []), self.seed) for m in MEASURES}
        return {"name": name, "figures": {key: _plain(figure) for key, figure in figures.items()}}


def of_model(card: ReportCard, model: JudgedModel) -> dict[str, Any]:
    """The card of a model: what it writes by each signature, and what it understands."""
    from tqdm import tqdm

    human = card.human
    steps = len(human) * (1 + 10 * len(SIGNATURES))
    with tqdm(total=steps, desc="report card", disable=not sys.stderr.isatty()) as bar:
        understood = card.judgement(model, human, bar.update)
        columns = [card.column("human", card.prose(human))]
        for signature in SIGNATURES:
            windows = written(model, signature, human, card.seed, bar.update)
            columns.append(card.column(signature, card.prose(windows) | understood))
    return make(model.name, card, columns)


def of_stories(
    card: ReportCard, name: str, windows: list[Window], model: JudgedModel | None
) -> dict[str, Any]:
    """The card of a file of stories; with a model as the judge of its context."""
    from tqdm import tqdm

    with tqdm(total=len(windows), desc="report card", disable=not sys.stderr.isatty()) as bar:
        understood = card.judgement(model, windows, bar.update) if model else {}
        columns = [
            card.column("human", card.prose(card.human)),
            card.column("stories", card.prose(windows) | understood),
        ]
    return make(name, card, columns)


def make(name: str, card: ReportCard, columns: list[dict[str, Any]]) -> dict[str, Any]:
    """A card as it is written to disk."""
    return {
        "format_version": FORMAT_VERSION,
        "model": name,
        "windows": len(card.human),
        "seed": card.seed,
        "columns": columns,
    }


def save(card: dict[str, Any], folder: Path) -> None:
    """Write a card as JSON, Markdown and PNG into ``folder``, made if need be.

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


def _plain(figure: Figure | None) -> dict[str, float] | None:
    if figure is None:
        return None
    return {key: round(value, 4) for key, value in dataclasses.asdict(figure).items()}
