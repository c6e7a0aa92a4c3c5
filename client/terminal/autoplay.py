"""A reproducible session without a writer (``--auto``): candidates are chosen at random."""

import math
import random

from client.session.actions import Ask, Take
from client.session.events import Problem, Proposed
from client.session.session import Session
from client.terminal.screen import Screen

RANK_SCALE = 2.0  # ranks over which the probability of being chosen falls by a factor of e
ATTEMPTS = 3  # a turn, if no candidate is usable


def play(session: Session, screen: Screen, turns: int, seed: int) -> int:
    """Play ``turns`` turns; show candidates and choice of each, and the story at the end.

    The choice is sampled from a softmax over ``-rank / RANK_SCALE``: mostly near the top, but not
    always the first, which would leave the rest of the ranking untried.

    Returns:
        0, or 1 if a turn failed; the story up to there is saved.
    """
    for turn in range(1, turns + 1):
        screen.say("auto_turn", turn=turn, turns=turns)
        if not _ask(session, screen):
            return 1
        number = _choose(len(session.ranked), f"{seed} {len(session.story.sentences)}")
        screen.say("auto_choice", number=number % 10)
        for event in session.handle(Take(number)):
            screen.show(event)
        if not session.story.saved:
            return 1
    screen.blank()
    screen.say("auto_story")
    screen.story(session.story.lines)
    return 0


def _ask(session: Session, screen: Screen) -> bool:
    for _ in range(ATTEMPTS):
        for event in session.handle(Ask(anyway=True)):
            screen.show(event)
            if isinstance(event, Proposed):
                return True
            if isinstance(event, Problem) and event.key != "no_candidates":
                return False
    return False


def _choose(count: int, seed: str) -> int:
    """Return the number of the candidate to take, 1 to ``count``."""
    weights = [math.exp(-i / RANK_SCALE) for i in range(count)]
    return 1 + random.Random(seed).choices(range(count), weights)[0]
