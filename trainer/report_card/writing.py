"""Lets a model write on: windows of its own, from the same openings as the human ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainer.report_card.models import JudgedModel
from trainer.report_card.windows import SENTENCES, Window

HEARD = 40  # sentences of the story that a model is given: enough for its memory, and quick
STORIES_AT_ONCE = 8

# What a writer's client asks `sample` for, when asked for a mix.
SAMPLING = {"temperature": 0.9, "top_p": 0.9, "diversity": 0.5}


def written(
    model: JudgedModel,
    signature: str,
    openings: list[Window],
    seed: int,
    moved: Callable[[int], object],
) -> list[Window]:
    """Each opening continued by ten sentences, each drawn from ten candidates.

    The draw stands for a writer's choice: always the first would say nothing of the other nine,
    and go round in circles sooner than people let it.

    Args:
        openings: windows of human text; only what stands before them is used.
        signature: "suggest" or "sample".
        seed: of the draws.
        moved: called with the number of turns that are over.
    """
    draw = np.random.default_rng(seed)
    windows = []
    for first in range(0, len(openings), STORIES_AT_ONCE):
        batch = openings[first : first + STORIES_AT_ONCE]
        stories: list[list[str]] = [[] for _ in batch]
        tens: list[list[list[str]]] = [[] for _ in batch]
        for turn in range(SENTENCES):
            heard = [
                told([*window.before, *story]) for window, story in zip(batch, stories, strict=True)
            ]
            seeds = [seed + (first + i) * SENTENCES + turn for i in range(len(batch))]
            answer = model.ask(signature, **_inputs(signature, heard, seeds))["candidates"]
            for ten, story, candidates in zip(tens, stories, answer, strict=True):
                texts = [text.decode() for text in candidates]
                ten.append(texts)
                story.append(texts[draw.integers(len(texts))])
            moved(len(batch))
        windows += [
            Window(window.work, window.before, story, ten)
            for window, story, ten in zip(batch, stories, tens, strict=True)
        ]
    return windows


def told(sentences: list[str]) -> str:
    """A story as the signatures take it, of which only the end is given."""
    return "\n".join(sentences[-HEARD:])


def _inputs(signature: str, stories: list[str], seeds: list[int]) -> dict[str, list[object]]:
    if signature == "suggest":
        return {"story": [*stories]}
    return {
        "story": [*stories],
        "prefix": [""] * len(stories),
        "avoid": [""] * len(stories),
        "seed": [*seeds],
        **{name: [value] * len(stories) for name, value in SAMPLING.items()},
    }
