"""Windows of ten sentences, the unit of text that the report card judges."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from trainer.configuration import TrainerError

SENTENCES = 10  # in a window, so that repetition is always counted over the same length
NO_WORK = -1
MIN_STORY = 5  # sentences before a window of held-out text


@dataclasses.dataclass(frozen=True)
class Window:
    """Ten consecutive sentences of a story, with the candidates shown for each.

    Attributes:
        work: index of the held-out work; ``NO_WORK`` for other text.
        story: the story up to the window.
        continuation: the window's sentences, in order.
        candidate_sets: sentences shown together: the model's candidates for each turn; for human
            text, the window's own sentences.
    """

    work: int
    story: list[str]
    continuation: list[str]
    candidate_sets: list[list[str]]

    @property
    def sentences(self) -> list[str]:
        """All candidates, in one list."""
        return [sentence for candidates in self.candidate_sets for sentence in candidates]


def held_out_windows(works: list[list[str]], count: int, seed: int) -> list[Window]:
    """Non-overlapping windows of human text, drawn from all works.

    Args:
        works: sentences of each work.
        count: maximum number of windows.
        seed: of the draw.

    Raises:
        TrainerError: no work is long enough.
    """
    starts = [
        (work, start)
        for work, sentences in enumerate(works)
        for start in range(MIN_STORY, len(sentences) - SENTENCES + 1, SENTENCES)
    ]
    if not starts:
        raise TrainerError(
            f"no held-out work has {MIN_STORY + SENTENCES} sentences, so there is nothing to "
            "compare with; add novels"
        )
    chosen = np.random.default_rng(seed).permutation(len(starts))[:count]
    return [
        _window(work, works[work], start) for work, start in (starts[i] for i in sorted(chosen))
    ]


def windows_of_file(path: Path, count: int) -> list[Window]:
    """The first windows of a file of stories: one sentence per line, a blank line between stories.

    Args:
        path: UTF-8 text.
        count: maximum number of windows.

    Raises:
        TrainerError: the file cannot be read or is empty.
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
        _window(NO_WORK, story, start)
        for story in stories
        for start in range(0, len(story), SENTENCES)
    ]
    if not windows:
        raise TrainerError(f"{path} is empty; give a file of stories, one sentence per line")
    return windows[:count]


def _window(work: int, sentences: list[str], start: int) -> Window:
    continuation = sentences[start : start + SENTENCES]
    return Window(work, sentences[:start], continuation, [continuation])
