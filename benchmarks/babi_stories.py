"""The bAbI stories: facts, a question, an answer (Weston et al. 2015, "Towards AI-complete QA").

The lines of a file are numbered; number 1 starts a story. A fact is a sentence. A question is
followed by its answer and the numbers of its supporting facts (not used here), separated by tabs:

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
VALIDATION = 0.1  # share of a task's training questions, taken from the end
_WORD = re.compile(r"[a-z]+")


class Question(NamedTuple):
    """A question and the facts that precede it in its story, without earlier questions.

    Attributes:
        task: 1 to 20.
        story: number of its story in the file, from 0.
    """

    task: int
    story: int
    facts: tuple[str, ...]
    text: str
    answer: str


class Questions(NamedTuple):
    """Training, validation and test questions."""

    train: list[Question]
    validation: list[Question]
    test: list[Question]


def read(lines: Iterable[str], task: int, name: str) -> list[Question]:
    """The questions of one file, in order.

    Args:
        name: file name for error messages.

    Raises:
        ValueError: a line is neither a fact nor a question.
    """
    questions: list[Question] = []
    facts: list[str] = []
    story = -1
    for place, line in enumerate(lines, start=1):
        number, _, text = line.strip().partition(" ")
        parts = [part.strip() for part in text.split("\t")]
        asks = len(parts) > 1
        if not (number.isdigit() and parts[0]) or (asks and not parts[1]):
            raise ValueError(
                f"{name}, line {place}: neither a fact nor a question: {line.strip()!r}"
            )
        if number == "1":
            story, facts = story + 1, []
        if asks:
            questions.append(Question(task, story, tuple(facts), parts[0], parts[1].lower()))
        else:
            facts.append(parts[0])
    return questions


def load(folder: Path, tasks: Sequence[int] = TASKS) -> Questions:
    """The questions of some tasks; the last stories of each are held out as validation.

    Raises:
        FileNotFoundError: a task and split has no file, or several.
        ValueError: a file is not in the bAbI format.
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
            f"{folder} has {len(found)} files {pattern}, not 1; pass the folder of the English "
            "tasks as --corpus"
        )
    try:
        return read(found[0].read_text(encoding="utf-8").splitlines(), task, found[0].name)
    except UnicodeDecodeError as error:
        raise ValueError(f"{found[0]} is not UTF-8 text: {error}") from None


def words(sentence: str) -> list[str]:
    """The lower-case words of a sentence, without punctuation."""
    return _WORD.findall(sentence.lower())


def vocabulary(questions: Questions) -> dict[str, int]:
    """Ids of all words and answers, in order of appearance; ids of special pieces are left free."""
    ids: dict[str, int] = defaultdict(lambda: len(ids) + len(SPECIAL_PIECES))
    for question in (one for split in questions for one in split):
        for sentence in (*question.facts, question.text):
            for word in words(sentence):
                ids[word]
        ids[question.answer]
    return dict(ids)
