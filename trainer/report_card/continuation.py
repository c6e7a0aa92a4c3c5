"""Generates continuations: windows written by a model, from the openings of the human ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trainer.decoding.defaults import SAMPLING_DEFAULTS
from trainer.report_card.models import JudgedModel
from trainer.report_card.windows import SENTENCES, Window

MAX_STORY_SENTENCES = 40  # newest ones passed to the model: enough for its memory, quick to encode
STORIES_AT_ONCE = 8


def continue_stories(
    model: JudgedModel,
    signature: str,
    openings: Sequence[Window],
    seed: int,
    on_progress: Callable[[int], object],
) -> list[Window]:
    """Continue each opening by ten sentences, each drawn uniformly from ten candidates.

    The draw stands in for a writer's choice. Always taking the first candidate would measure
    nothing of the other nine, and would fall into loops sooner than a writer does.

    Args:
        openings: windows of human text; the story before each is continued.
        signature: "suggest" or "sample"; "sample" has the client's defaults.
        seed: of all draws.
        on_progress: called with the number of sentences written since the last call.
    """
    draw = np.random.default_rng(seed)
    windows = []
    for first in range(0, len(openings), STORIES_AT_ONCE):
        batch = openings[first : first + STORIES_AT_ONCE]
        continuations: list[list[str]] = [[] for _ in batch]
        candidate_sets: list[list[list[str]]] = [[] for _ in batch]
        for turn in range(SENTENCES):
            stories = [
                story_text([*window.story, *continuation])
                for window, continuation in zip(batch, continuations, strict=True)
            ]
            seeds = [seed + (first + i) * SENTENCES + turn for i in range(len(batch))]
            answer = model.call(signature, **_inputs(signature, stories, seeds))["candidates"]
            for sets, continuation, candidates in zip(
                candidate_sets, continuations, answer, strict=True
            ):
                texts = [text.decode() for text in candidates]
                sets.append(texts)
                continuation.append(texts[draw.integers(len(texts))])
            on_progress(len(batch))
        windows += [
            Window(window.work, window.story, continuation, sets)
            for window, continuation, sets in zip(batch, continuations, candidate_sets, strict=True)
        ]
    return windows


def story_text(sentences: Sequence[str]) -> str:
    """The newest sentences of a story, one per line, as the signatures take them."""
    return "\n".join(sentences[-MAX_STORY_SENTENCES:])


def _inputs(signature: str, stories: list[str], seeds: list[int]) -> dict[str, list[Any]]:
    if signature == "suggest":
        return {"story": stories}
    return {
        "story": stories,
        "prefix": [""] * len(stories),
        "avoid": [""] * len(stories),
        "seed": seeds,
        **{name: [value] * len(stories) for name, value in SAMPLING_DEFAULTS.items()},
    }
