"""Asks the model for one turn's candidates, several requests side by side, and ranks them."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from client.actions import How
from client.candidates import Candidate, Vector
from client.prediction import Model, Pending, Sampling
from client.ranking import RECENT, Ranked, rank
from client.sentences import split_sentences

# The newest lines that an exported model reads: 128 for its memory and 5 of context
# (trainer/signatures.py). What is pinned must be among them.
READ_BY_MODEL = 133
PIN_SENTENCES = 20

LEAST_STEERING = 1.0  # ``diversity`` when something different is wanted


class Turn(NamedTuple):
    """What is asked for.

    Attributes:
        place: the state of the story.
        story: its sentences, oldest first.
        pinned: what the model is told before it.
        how: whether it is the first time, or something else is wanted.
        prefix: how every candidate begins; may be empty.
        shown: all candidates that were shown at this place.
        answers: how often the model was asked at this place.
    """

    place: int
    story: Sequence[str]
    pinned: str
    how: How
    prefix: str
    shown: Sequence[str]
    answers: int


class Proposer:
    """Turns a story into ranked candidates; the same turn and seed bring the same ones."""

    def __init__(self, model: Model, sampling: Sampling, seed: int) -> None:
        self.model = model
        self._sampling = sampling
        self._seed = seed
        self._vectors: dict[str, Vector] = {}  # of sentences that may be asked for
        self._left: tuple[tuple[int, str], list[Candidate]] = ((-1, ""), [])

    def seeds(self, turn: Turn) -> list[int]:
        """Return the seeds of a turn's draws: 63 bits that depend on place and session alone."""
        fresh = turn.how == "first" and not turn.answers and not turn.prefix
        return [self._place_seed(turn, draw) for draw in range(1 if fresh else 2)]

    def propose(self, turn: Turn) -> list[Ranked]:
        """Return at most ten candidates, best first, none of which was shown at this place.

        Raises:
            PredictionError: the model gave no usable answer.
        """
        recent = list(turn.story[-RECENT:])
        unknown = [s for s in dict.fromkeys(recent) if s not in self._vectors]
        pinned = split_sentences(turn.pinned)
        asked = self._ask(turn, pinned)
        vectors: Pending[list[Vector]] | None = None
        try:
            vectors = self.model.embed(unknown) if unknown else None
            pool = [candidate for pending in asked for candidate in pending.result()]
            known = {s: v for s, v in self._vectors.items() if s in recent}
            if vectors:
                known.update(zip(unknown, vectors.result(), strict=True))
        finally:
            for pending in (*asked, vectors):
                if pending:
                    pending.cancel()  # does nothing to one that is done
        pool += self._leftovers(turn)
        self._left = ((turn.place, turn.prefix), pool)
        ranked = rank(
            pool, turn.story, [known[s] for s in recent], (*turn.shown, *pinned, turn.prefix)
        )
        # Whichever is taken will be part of the context.
        shown = {one.candidate.text: one.candidate.embedding for one in ranked}
        self._vectors = known | shown
        return ranked

    def _ask(self, turn: Turn, pinned: Sequence[str]) -> list[Pending[list[Candidate]]]:
        told = self._told(turn.story, pinned)
        sampling, avoid = self._sampling, list[str]()
        if turn.how == "differently":
            avoid = list(turn.shown)
            more = max(2 * sampling.diversity, LEAST_STEERING)
            sampling = sampling._replace(diversity=more)
        seeds = self.seeds(turn)
        asked = []
        try:
            if len(seeds) == 1:  # the likeliest sentences are the same every time
                asked.append(self.model.suggest(told))
            for seed in seeds:
                asked.append(self.model.sample(told, sampling, seed, turn.prefix, avoid))
        except BaseException:
            for pending in asked:
                pending.cancel()
            raise
        return asked

    @staticmethod
    def _told(story: Sequence[str], pinned: Sequence[str]) -> list[str]:
        """Return what the model is told, so cut that it reads what is pinned."""
        first = list(pinned[:PIN_SENTENCES])
        return [*first, *story[len(first) - READ_BY_MODEL :]] if first else list(story)

    def _leftovers(self, turn: Turn) -> list[Candidate]:
        """Return what the model gave here before and was not shown; of no use for other wishes."""
        place, left = self._left
        same = place == (turn.place, turn.prefix) and turn.how != "differently"
        return left if same else []

    def _place_seed(self, turn: Turn, draw: int) -> int:
        place = f"{self._seed} {len(turn.story)} {turn.answers} {draw}".encode()
        return int.from_bytes(hashlib.sha256(place).digest()[:8], "big") >> 1
