"""Context: does a model find the true next sentence among nine others?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from trainer.report_card.models import JudgedModel
from trainer.report_card.windows import ELSEWHERE, Window
from trainer.report_card.writing import told

OTHERS = 9
NEAR = 10  # sentences before and after the true one that are no fair distractors
PLACE = 5  # newest sentences of a story, which make the place where the next one is to stand


@dataclasses.dataclass
class Found:
    """What a window's questions showed, as pairs of numerator and denominator.

    Attributes:
        elsewhere: true sentences found among those of other works, and questions.
        nearby: the same among sentences of the same work.
        fit: bits that the true sentences take, and their characters.
    """

    elsewhere: tuple[float, float] = (0, 0)
    nearby: tuple[float, float] = (0, 0)
    fit: tuple[float, float] = (0, 0)


def ask(
    model: JudgedModel,
    works: list[list[str]],
    windows: Sequence[Window],
    seed: int,
    moved: Callable[[int], object],
) -> list[Found]:
    """Ask for every sentence of each window.

    Plain likelihood would choose the shortest or plainest sentence, so each question takes out
    what a sentence is worth without what is asked for.

    Other works: which sentence belongs to this story? The one that the story makes likelier by
    most, log p(s | story) − log p(s) (domain-conditional pointwise mutual information, Holtzman
    et al. 2021).

    Same work: which sentence comes here? A model that remembers the story makes all of its
    sentences likelier, names above all, wherever they stand, so what the newest sentences add is
    compared: log p(s | story) − log p(s | story without its last five sentences).

    Args:
        works: where the other sentences come from.
        windows: of these works, or of other text, for which there is no same work to ask of.
        seed: of the choice of the others.
        moved: called with the number of windows that are over.
    """
    draw = np.random.default_rng(seed)
    found = []
    for window in windows:
        result = Found()
        for index, sentence in enumerate(window.continuation):
            story = [*window.before, *window.continuation[:index]]
            elsewhere = _elsewhere(works, window.work, sentence, draw)
            nearby = _nearby(works, window.work, len(story), sentence, draw)
            sentences = [sentence, *elsewhere, *nearby]
            after, alone, earlier = (
                _log_probs(model, before, sentences) for before in (story, [], story[:-PLACE])
            )
            result.elsewhere = _with(result.elsewhere, after - alone, 1, len(elsewhere))
            result.nearby = _with(result.nearby, after - earlier, 1 + len(elsewhere), len(nearby))
            log_prob = float(after[0])
            result.fit = (result.fit[0] - log_prob / math.log(2), result.fit[1] + len(sentence))
        found.append(result)
        moved(1)
    return found


def _log_probs(model: JudgedModel, story: list[str], sentences: list[str]) -> np.ndarray:
    """Of each sentence after the story, ``[sentences]``.

    Stories of other lengths are asked of in other batches, which pads none to the longest.
    """
    return model.ask("score", story=[told(story)] * len(sentences), sentence=sentences)["log_prob"]


def _with(
    pair: tuple[float, float], gains: np.ndarray, first: int, count: int
) -> tuple[float, float]:
    """Count one question, unless there were too few others."""
    if count < OTHERS:
        return pair
    return pair[0] + float(gains[0] > gains[first : first + count].max()), pair[1] + 1


def _elsewhere(
    works: list[list[str]], work: int, truth: str, draw: np.random.Generator
) -> list[str]:
    """Nine sentences of other works, each work as likely as any other."""
    others = [i for i in range(len(works)) if i != work]
    if not others:
        return []
    chosen: list[str] = []
    for _ in range(20 * OTHERS):  # a work may hold nothing but sentences that are there already
        sentences = works[others[draw.integers(len(others))]]
        sentence = sentences[draw.integers(len(sentences))]
        if sentence != truth and sentence not in chosen:
            chosen.append(sentence)
            if len(chosen) == OTHERS:
                return chosen
    return []


def _nearby(
    works: list[list[str]], work: int, place: int, truth: str, draw: np.random.Generator
) -> list[str]:
    """Nine sentences of the same work, none of those next to the true one."""
    if work == ELSEWHERE:
        return []
    far = sorted({s for i, s in enumerate(works[work]) if abs(i - place) > NEAR and s != truth})
    if len(far) < OTHERS:
        return []
    return [far[i] for i in draw.permutation(len(far))[:OTHERS]]
