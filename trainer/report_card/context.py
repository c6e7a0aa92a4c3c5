"""Context: does a model recognise the true next sentence among nine distractors?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from trainer.report_card.continuation import story_text
from trainer.report_card.models import JudgedModel
from trainer.report_card.windows import NO_WORK, Window

DISTRACTORS = 9
NEIGHBOURS = 10  # sentences before and after the true one that would be unfair distractors
RECENT = 5  # newest sentences of a story, which say what is happening at this point


@dataclasses.dataclass
class ContextResult:
    """A window's counts, as pairs of numerator and denominator.

    Attributes:
        other_works: hits among distractors from other works, and questions.
        same_work: hits among distractors from the same work, and questions.
        fit: bits that the true sentences take, and their characters.
    """

    other_works: tuple[float, float] = (0, 0)
    same_work: tuple[float, float] = (0, 0)
    fit: tuple[float, float] = (0, 0)


def measure_context(
    model: JudgedModel,
    works: list[list[str]],
    windows: Sequence[Window],
    seed: int,
    on_progress: Callable[[int], object],
) -> list[ContextResult]:
    """Ask the model for every sentence of each window, and measure its fit.

    Plain likelihood would favour short and common sentences, so each question subtracts the
    likelihood of a sentence without the context that the question is about.

    Distractors from other works: which sentence belongs to this story? The one with the greatest
    log p(s | story) − log p(s) (domain-conditional pointwise mutual information, Holtzman et al.
    2021).

    Distractors from the same work: which sentence comes here? A model that remembers the story
    makes all of its sentences likelier, names above all, so only the effect of the newest
    sentences counts: log p(s | story) − log p(s | story without its last five sentences).

    Args:
        works: the distractors' works.
        windows: of these works; or of other text, for which there is no same work.
        seed: of the choice of distractors.
        on_progress: called with the number of windows completed since the last call.
    """
    draw = np.random.default_rng(seed)
    results = []
    for window in windows:
        result = ContextResult()
        for index, sentence in enumerate(window.continuation):
            story = [*window.story, *window.continuation[:index]]
            foreign = _from_other_works(works, window.work, sentence, draw)
            own = _from_same_work(works, window.work, len(story), sentence, draw)
            sentences = [sentence, *foreign, *own]
            full, none, earlier = (
                _log_probs(model, context, sentences) for context in (story, [], story[:-RECENT])
            )
            result.other_works = _count_hit(result.other_works, full - none, 1, len(foreign))
            result.same_work = _count_hit(
                result.same_work, full - earlier, 1 + len(foreign), len(own)
            )
            log_prob = float(full[0])
            result.fit = (result.fit[0] - log_prob / math.log(2), result.fit[1] + len(sentence))
        results.append(result)
        on_progress(1)
    return results


def _log_probs(model: JudgedModel, story: list[str], sentences: list[str]) -> np.ndarray:
    """Log-probability of each sentence after the story, ``[sentences]``.

    Each story is a batch of its own, so none is padded to the length of another.
    """
    stories = [story_text(story)] * len(sentences)
    return model.call("score", story=stories, sentence=sentences)["log_prob"]


def _count_hit(
    pair: tuple[float, float], gains: np.ndarray, first: int, count: int
) -> tuple[float, float]:
    """Count a question, and a hit if it is one, unless there were too few distractors."""
    if count < DISTRACTORS:
        return pair
    return pair[0] + float(gains[0] > gains[first : first + count].max()), pair[1] + 1


def _from_other_works(
    works: list[list[str]], work: int, truth: str, draw: np.random.Generator
) -> list[str]:
    """Nine distinct sentences of other works, each work equally likely; none if too few."""
    others = [i for i in range(len(works)) if i != work]
    if not others:
        return []
    chosen: list[str] = []
    for _ in range(20 * DISTRACTORS):  # draws may repeat sentences
        sentences = works[others[draw.integers(len(others))]]
        sentence = sentences[draw.integers(len(sentences))]
        if sentence != truth and sentence not in chosen:
            chosen.append(sentence)
            if len(chosen) == DISTRACTORS:
                return chosen
    return []


def _from_same_work(
    works: list[list[str]], work: int, place: int, truth: str, draw: np.random.Generator
) -> list[str]:
    """Nine distinct sentences of the same work, none close to the true one; none if too few."""
    if work == NO_WORK:
        return []
    far = sorted(
        {s for i, s in enumerate(works[work]) if abs(i - place) > NEIGHBOURS and s != truth}
    )
    if len(far) < DISTRACTORS:
        return []
    return [far[i] for i in draw.permutation(len(far))[:DISTRACTORS]]
