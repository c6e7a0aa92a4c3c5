"""Windows of ten sentences: what is judged, whoever wrote it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from trainer.configuration import TrainerError

SENTENCES = 10  # of a window, so that repetition is counted over the same length everywhere
ELSEWHERE = -1
OPENING = 5  # sentences that a story has at least before its window


@dataclasses.dataclass(frozen=True)
class Window:
    """Ten turns of a story.

    Attributes:
        work: which of the held-out works it is of; ``ELSEWHERE`` if of none.
        before: the story up to the window.
        continuation: the sentences that follow, in order.
        tens: sets of sentences that a reader sees at once: a model's candidates of each turn;
            of human text the ten sentences themselves.
    """

    work: int
    before: list[str]
    continuation: list[str]
    tens: list[list[str]]

    @property
    def sentences(self) -> list[str]:
        """Every sentence that is judged for itself."""
        return [sentence for ten in self.tens for sentence in ten]


def held_out(works: list[list[str]], count: int, seed: int) -> list[Window]:
    """Windows of human text, spread over the works, none overlapping.

    Args:
        works: sentences of each work.
        count: so many windows at most.
        seed: of the choice.

    Raises:
        TrainerError: no work is long enough.
    """
    starts = [
        (work, start)
        for work, sentences in enumerate(works)
        for start in range(OPENING, len(sentences) - SENTENCES + 1, SENTENCES)
    ]
    if not starts:
        raise TrainerError(
            f"no held-out work has {OPENING + SENTENCES} sentences, so there is nothing to compare "
            "with; add novels"
        )
    chosen = np.random.default_rng(seed).permutation(len(starts))[:count]
    return [
        _window(work, works[work], start) for work, start in (starts[i] for i in sorted(chosen))
    ]


def from_file(path: Path, count: int) -> list[Window]:
    """Windows of a file of stories, one sentence a line, a blank line between two stories.

    Args:
        path: UTF-8.
        count: so many windows at most, from the beginning.

    Raises:
        TrainerError: the file cannot be read or holds no sentence.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainerError(f"{path} cannot be read as UTF-8 text: {error}") from None
    stories: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            stories[-1].append(line.strip())
        elif stories[-1]:
            stories.append([])
    windows = [
        _window(ELSEWHERE, story, start)
        for story in stories
        for start in range(0, len(story), SENTENCES)
    ]
    if not windows:
        raise TrainerError(f"{path} is empty; give a file of stories, one sentence a line")
    return windows[:count]


def _window(work: int, sentences: list[str], start: int) -> Window:
    following = sentences[start : start + SENTENCES]
    return Window(work, sentences[:start], following, [following])
