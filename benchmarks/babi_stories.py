"""The bAbI stories: facts, a question, an answer (Weston et al. 2015, "Towards AI-complete QA").

A file's lines are numbered; number 1 begins a story. A fact is a sentence. A question has its
answer and the numbers of the facts behind it (not used here) after tabs:

    1 Mary moved to the bathroom.
    2 John went to the hallway.
    3 Where is Mary?<TAB>bathroom<TAB>1

An answer that is a list ("milk,apple") is one label, as Sukhbaatar et al. (2015) count it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.records import SPECIAL_PIECES

TASKS = range(1, 21)
VALIDATION = 0.1  # of a task's training questions, the last ones
_WORD = re.compile(r"[a-z]+")


class Question(NamedTuple):
    """A question and all facts of its story that stand before it; earlier questions do not.

    Attributes:
        task: 1 to 20.
        story: which story of its file it belongs to, counted from 0.
    """

    task: int
    story: int
    facts: tuple[str, ...]
    text: str
    answer: str


class Questions(NamedTuple):
    """What to learn from, what to choose by, and what to report on."""

    train: list[Question]
    validation: list[Question]
    test: list[Question]


def read(lines: Iterable[str], task: int, name: str) -> list[Question]:
    """The questions of one file, in order.

    Args:
        name: of the file, for errors.

    Raises:
        ValueError: a line is no fact and no question; says which.
    """
    questions: list[Question] = []
    facts: list[str] = []
    story = -1
    for place, line in enumerate(lines, start=1):
        number, _, text = line.strip().partition(" ")
        parts = [part.strip() for part in text.split("\t")]
        asks = len(parts) > 1
        if not (number.isdigit() and parts[0]) or (asks and not parts[1]):
            raise ValueError(f"{name}, line {place} is no fact and no question: {line.strip()!r}")
        if number == "1":
            story, facts = story + 1, []
        if asks:
            questions.append(Question(task, story, tuple(facts), parts[0], parts[1].lower()))
        else:
            facts.append(parts[0])
    return questions


def load(folder: Path, tasks: Sequence[int] = TASKS) -> Questions:
    """The questions of some tasks; whole stories at the end of each are held out.

    Raises:
        FileNotFoundError: there is not exactly one file of a task and split.
        ValueError: a file cannot be read as such.
    """
    loaded = Questions([], [], [])
    for task in tasks:
        known, test = (_file(folder, task, split) for split in ("train", "test"))
        cut = known[-max(1, round(VALIDATION * len(known)))].story
        loaded.train.extend(question for question in known if question.story < cut)
        loaded.validation.extend(question for question in known if question.story >= cut)
        loaded.test.extend(test)
    return loaded


def _file(folder: Path, task: int, split: str) -> list[Question]:
    pattern = f"qa{task}_*_{split}.txt"
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(
            f"{folder} holds {len(found)} files {pattern}, not one; give the folder of the "
            "English tasks with --corpus"
        )
    try:
        return read(found[0].read_text(encoding="utf-8").splitlines(), task, found[0].name)
    except UnicodeDecodeError as error:
        raise ValueError(f"{found[0]} is no text in UTF-8: {error}") from None


def words(sentence: str) -> list[str]:
    """Its words in small letters; punctuation says nothing here."""
    return _WORD.findall(sentence.lower())


def vocabulary(questions: Questions) -> dict[str, int]:
    """The id of every word and every answer, in order of appearance, from 4 on."""
    ids: dict[str, int] = defaultdict(lambda: len(ids) + len(SPECIAL_PIECES))
    for question in (one for split in questions for one in split):
        for sentence in (*question.facts, question.text):
            for word in words(sentence):
                ids[word]
        ids[question.answer]
    return dict(ids)
