"""Batches of bAbI questions; a sentence is stored once per batch, in however many stories it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks.babi_stories import Question, words
from pipeline.records import EOS_ID

MOST_FACTS = 50  # the latest ones of a story, as in Sukhbaatar et al. 2015, section 4.2
GAPS = 0.1  # probability of skipping a position before a fact: their "random noise"
# XLA compiles a step for every shape, so there are only a few: the number of facts and of tokens is
# padded to the next of these sizes, the number of sentences in a batch to the next multiple.
FACTS = (16, MOST_FACTS)
TOKENS = (8, 12)
SENTENCES = 192
BATCHES_SORTED = 16  # batches sorted by length at a time, to have little padding

Batch = dict[str, np.ndarray]
SIGNATURE = {
    "sentences": tf.TensorSpec([None, None], tf.int32),
    "facts": tf.TensorSpec([None, None], tf.int32),
    "ago": tf.TensorSpec([None, None], tf.int32),
    "questions": tf.TensorSpec([None], tf.int32),
    "answers": tf.TensorSpec([None], tf.int32),
}


class Encoded(NamedTuple):
    """A question as ids; its facts and its text are rows of a :class:`SentenceTable`."""

    task: int
    story: tuple[int, int]
    facts: np.ndarray
    text: int
    answer: int


class SentenceTable:
    """Numbers the sentences of all questions; they become rows of one table.

    Row 0 is padding only, not a sentence.
    """

    def __init__(self, vocabulary: dict[str, int]):
        self.vocabulary = vocabulary
        self.rows: dict[str, int] = {"": 0}

    def encode(self, questions: Sequence[Question]) -> list[Encoded]:
        """The questions as ids, in the same order."""
        return [
            Encoded(
                question.task,
                (question.task, question.story),
                np.array([self._row(fact) for fact in question.facts[-MOST_FACTS:]], np.int32),
                self._row(question.text),
                self.vocabulary[question.answer],
            )
            for question in questions
        ]

    def table(self) -> np.ndarray:
        """int32 ``[rows, words]``: all sentences so far, each ending in EOS."""
        ids = [[self.vocabulary[word] for word in words(sentence)] for sentence in self.rows]
        table = np.zeros((len(ids), max(map(len, ids)) + 1), np.int32)
        for row, sentence in zip(table[1:], ids[1:], strict=True):
            row[: len(sentence) + 1] = [*sentence, EOS_ID]
        return table

    def _row(self, sentence: str) -> int:
        return self.rows.setdefault(sentence, len(self.rows))


def training_batches(
    table: np.ndarray, questions: Sequence[Encoded], size: int, epochs: int, seed: int
) -> tf.data.Dataset:
    """Full batches, determined by the seed; see :func:`together`.

    An epoch has every question once, except fewer than ``size`` that do not fill a batch. Questions
    of the same story stay together, because they share its facts.
    """

    def all_epochs() -> Iterator[Batch]:
        draw = np.random.default_rng(seed)
        stories = [list(story) for _, story in groupby(questions, lambda one: one.story)]
        for _ in range(epochs):
            order = [stories[place] for place in draw.permutation(len(stories))]
            batches = _of_like_length(table, [one for story in order for one in story], size)
            for place in draw.permutation(len(batches)):
                yield together(table, batches[place], draw)

    return tf.data.Dataset.from_generator(all_epochs, output_signature=SIGNATURE).prefetch(4)


def evaluation_batches(
    table: np.ndarray, questions: Sequence[Encoded], size: int
) -> Iterator[tuple[list[Encoded], Batch]]:
    """Every question once, shortest stories first: the questions of each batch, and the batch."""
    ordered = sorted(questions, key=lambda one: len(one.facts))
    for begin in range(0, len(ordered), size):
        chosen = ordered[begin : begin + size]
        yield chosen, together(table, chosen)


def together(
    table: np.ndarray, questions: Sequence[Encoded], draw: np.random.Generator | None = None
) -> Batch:
    """One batch.

    Args:
        table: ``SentenceTable.table()``.
        draw: skips positions before facts at random, so that the model learns "further back" and
            not exact distances; None for no such noise.

    Returns:
        int32 ``sentences [U, T]``, the distinct sentences, then padding; ``facts [B, F]`` and
        ``questions [B]``, rows of ``sentences``; ``ago [B, F]``, how many sentences before the
        answer a fact stands, 0 for padding; ``answers [B]``, ids.
    """
    most = max(len(one.facts) for one in questions)
    facts = np.zeros((len(questions), _next(FACTS, most)), np.int32)
    ago = np.zeros_like(facts)
    for row, one in enumerate(questions):
        count = len(one.facts)
        steps = np.ones(count, np.int32) if draw is None else 1 + (draw.random(count) < GAPS)
        facts[row, :count] = one.facts
        ago[row, :count] = 1 + np.cumsum(steps[::-1])[::-1]  # the question is 1 ago
    texts = np.array([one.text for one in questions], np.int32)
    used, places = np.unique(np.concatenate([facts.ravel(), texts]), return_inverse=True)
    distinct = table[used]
    longest = int(np.count_nonzero(distinct, axis=1).max())
    sentences = np.zeros((-(-len(used) // SENTENCES) * SENTENCES, _next(TOKENS, longest)), np.int32)
    sentences[: len(used), :longest] = distinct[:, :longest]
    return {
        "sentences": sentences,
        "facts": places[: facts.size].reshape(facts.shape).astype(np.int32),
        "ago": ago,
        "questions": places[facts.size :].astype(np.int32),
        "answers": np.array([one.answer for one in questions], np.int32),
    }


def _next(sizes: Sequence[int], least: int) -> int:
    """The smallest of the sizes that is at least ``least``; ``least`` itself if there is none."""
    return next((size for size in sizes if size >= least), least)


def _of_like_length(table: np.ndarray, questions: list[Encoded], size: int) -> list[list[Encoded]]:
    """Batches with stories and sentences of similar lengths; a story's questions stay together."""
    lengths = np.count_nonzero(table, axis=1)
    batches = []
    for begin in range(0, len(questions), size * BATCHES_SORTED):
        part = questions[begin : begin + size * BATCHES_SORTED]
        # The last question of a story has all its facts.
        sizes = {
            one.story: (max(lengths[[*one.facts, one.text]]) > TOKENS[0], len(one.facts))
            for one in part
        }
        part.sort(key=lambda one: sizes[one.story])
        batches += [part[at : at + size] for at in range(0, len(part) - size + 1, size)]
    return batches
