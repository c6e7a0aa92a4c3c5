"""Requests one turn's candidates from the model, concurrently, and ranks them."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from client.candidate import Candidate, Vector
from client.ranking import (
    CANDIDATES_SHOWN,
    CONTEXT_SENTENCES,
    DEFAULT,
    Ranked,
    RankingContext,
    Weights,
    choose,
    usable,
)
from client.remote.model import SCORE_BATCH, Model, Pending
from client.remote.sampling import Sampling
from client.sentences import split_sentences
from client.session.actions import How

# Sentences that the model reads from the beginning of a long story, where pinned text goes
# (trainer/decoding/generation.py).
MAX_PINNED_SENTENCES = 20

MIN_STEERING = 1.0  # least ``diversity`` when something different is wanted

T = TypeVar("T")


class Turn(NamedTuple):
    """What candidates are requested for.

    Attributes:
        state: of the story.
        story: its sentences, oldest first.
        pinned: text that the model reads before the story; may be empty.
        how: ``first``, ``again`` or ``differently``.
        prefix: the beginning of every candidate; may be empty.
        shown: all candidates shown in this state.
        rounds: how often candidates were shown in this state.
        dial: position of the writer's dial.
    """

    state: int
    story: Sequence[str]
    pinned: str
    how: How
    prefix: str
    shown: Sequence[str]
    rounds: int
    dial: int = 0


class Proposer:
    """Turns a story into ranked candidates, reproducibly for the same turn and seed."""

    def __init__(
        self, model: Model, sampling: Sampling, seed: int, weights: Weights = DEFAULT
    ) -> None:
        self.model = model
        self._sampling = sampling
        self._seed = seed
        self._weights = weights
        self._vectors: dict[str, Vector] = {}  # of the newest sentences and the candidates
        self._last_pool: tuple[tuple[int, str], list[Candidate]] = ((-1, ""), [])
        self._unconditional: dict[str, float] = {}  # log-probabilities without a story

    def seeds(self, turn: Turn) -> list[int]:
        """Return the seeds of a turn's samples, 63 bits each."""
        initial = turn.how == "first" and not turn.rounds and not turn.prefix
        return [self._seed_for(turn, draw) for draw in range(1 if initial else 2)]

    def propose(self, turn: Turn) -> list[Ranked]:
        """Return at most ten candidates not shown in this state before, best first.

        Raises:
            PredictionError: the model gave no usable answer.
        """
        recent = turn.story[-CONTEXT_SENTENCES:]
        unknown = [s for s in dict.fromkeys(recent) if s not in self._vectors]
        pending = self._request(turn)
        vectors: list[Pending[list[Vector]]] = []
        try:
            vectors += [self.model.embed(unknown)] if unknown else []
            pool = _results(pending) + self._unshown(turn)
            known = {s: v for s, v in self._vectors.items() if s in recent}
            known.update(zip(unknown, _results(vectors), strict=True))
        finally:
            _cancel([*pending, *vectors])
        self._vectors = known
        context = self._context(turn)
        ready = usable(pool, context)
        if len(ready) < CANDIDATES_SHOWN:
            pool += self._resample(turn)
            ready = usable(pool, context)
        self._last_pool = ((turn.state, turn.prefix), pool)
        return self._choose(ready, context, turn.dial)

    def rerank(self, turn: Turn) -> list[Ranked]:
        """Return the model's latest candidates, ranked again.

        Returns:
            An empty list if they were for another state or prefix, or in another session.

        Raises:
            PredictionError: the model gave no usable answer.
        """
        key, pool = self._last_pool
        if key != (turn.state, turn.prefix):
            return []
        context = self._context(turn)
        return self._choose(usable(pool, context), context, turn.dial)

    def _choose(
        self, ready: Sequence[Candidate], context: RankingContext, dial: int
    ) -> list[Ranked]:
        self._score([candidate.text for candidate in ready])
        context = context._replace(unconditional=self._unconditional)
        ranked = choose(ready, context, self._weights.with_dial(dial))
        # Whichever is taken becomes part of the context.
        self._vectors |= {one.candidate.text: one.candidate.embedding for one in ranked}
        return ranked

    def _context(self, turn: Turn) -> RankingContext:
        vectors = [self._vectors[s] for s in turn.story[-CONTEXT_SENTENCES:]]
        unwanted = turn.shown if turn.how == "differently" else ()
        shown = (*turn.shown, *split_sentences(turn.pinned))
        return RankingContext(turn.story, vectors, shown, unwanted, turn.prefix)

    def _score(self, sentences: Sequence[str]) -> None:
        """Request the log-probability of each sentence without the story."""
        new = [sentence for sentence in sentences if sentence not in self._unconditional]
        pending = [
            self.model.score(new[i : i + SCORE_BATCH]) for i in range(0, len(new), SCORE_BATCH)
        ]
        try:
            scores = {s: one.log_prob for s, one in zip(new, _results(pending), strict=True)}
        finally:
            _cancel(pending)
        known = {s: self._unconditional[s] for s in sentences if s in self._unconditional}
        self._unconditional = known | scores

    def _request(self, turn: Turn) -> list[Pending[list[Candidate]]]:
        seeds = self.seeds(turn)
        pending: list[Pending[list[Candidate]]] = []
        try:
            if len(seeds) == 1:  # suggest always returns the same
                pending.append(self.model.suggest(_model_input(turn)))
            for seed in seeds:
                pending.append(self._sample(turn, seed))
        except BaseException:
            _cancel(pending)
            raise
        return pending

    def _resample(self, turn: Turn) -> list[Candidate]:
        """Sample once more, because too few candidates were usable."""
        pending = [self._sample(turn, self._seed_for(turn, len(self.seeds(turn))))]
        try:
            return _results(pending)
        finally:
            _cancel(pending)

    def _sample(self, turn: Turn, seed: int) -> Pending[list[Candidate]]:
        sampling, avoid = self._sampling, list[str]()
        if turn.how == "differently":
            avoid = list(turn.shown)
            diversity = max(2 * sampling.diversity, MIN_STEERING)
            sampling = sampling._replace(diversity=diversity)
        return self.model.sample(_model_input(turn), sampling, seed, turn.prefix, avoid)

    def _unshown(self, turn: Turn) -> list[Candidate]:
        """Return earlier candidates for this state and prefix, unless different ones are wanted."""
        key, pool = self._last_pool
        same = key == (turn.state, turn.prefix) and turn.how != "differently"
        return pool if same else []

    def _seed_for(self, turn: Turn, draw: int) -> int:
        key = f"{self._seed} {len(turn.story)} {turn.rounds} {draw}".encode()
        return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1


def _model_input(turn: Turn) -> list[str]:
    """Return what the model reads: the pinned sentences, then the story."""
    return [*split_sentences(turn.pinned)[:MAX_PINNED_SENTENCES], *turn.story]


def _results(pending: Sequence[Pending[list[T]]]) -> list[T]:
    return [one for request in pending for one in request.result()]


def _cancel(pending: Iterable[Pending[Any]]) -> None:
    for request in pending:
        request.cancel()  # no effect on one that is done
