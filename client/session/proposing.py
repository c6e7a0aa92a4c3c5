"""Asks the model for one turn's candidates, several requests side by side, and ranks them."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from client.candidates import Candidate, Vector
from client.ranking import DEFAULT, RECENT, SHOWN, Ranked, Setting, Weights, choose, usable
from client.remote.model import SCORED, Model, Pending
from client.remote.sampling import Sampling
from client.sentences import split_sentences
from client.session.actions import How

# Of a long story a model reads the beginning and the end (trainer/decoding/answering.py): so many
# lines of the beginning, where what is pinned stands.
PIN_SENTENCES = 20

LEAST_STEERING = 1.0  # ``diversity`` when something different is wanted

T = TypeVar("T")


class Turn(NamedTuple):
    """What is asked for.

    Attributes:
        place: the state of the story.
        story: its sentences, oldest first.
        pinned: what the model is told before it.
        how: whether it is the first time, or something else is wanted.
        prefix: how every candidate begins; may be empty.
        shown: all candidates that were shown at this place.
        answers: how often candidates were shown at this place.
        dial: where the writer's dial stands.
    """

    place: int
    story: Sequence[str]
    pinned: str
    how: How
    prefix: str
    shown: Sequence[str]
    answers: int
    dial: int = 0


class Proposer:
    """Turns a story into ranked candidates; the same turn and seed bring the same ones."""

    def __init__(
        self, model: Model, sampling: Sampling, seed: int, weights: Weights = DEFAULT
    ) -> None:
        self.model = model
        self._sampling = sampling
        self._seed = seed
        self._weights = weights
        self._vectors: dict[str, Vector] = {}  # of sentences that may be asked for
        self._left: tuple[tuple[int, str], list[Candidate]] = ((-1, ""), [])
        self._alone: dict[str, float] = {}  # log-probabilities of these without a story

    def seeds(self, turn: Turn) -> list[int]:
        """Return the seeds of a turn's draws: 63 bits that depend on place and session alone."""
        fresh = turn.how == "first" and not turn.answers and not turn.prefix
        return [self._place_seed(turn, draw) for draw in range(1 if fresh else 2)]

    def propose(self, turn: Turn) -> list[Ranked]:
        """Return at most ten candidates, best first, none of which was shown at this place.

        Raises:
            PredictionError: the model gave no usable answer.
        """
        recent = turn.story[-RECENT:]
        unknown = [s for s in dict.fromkeys(recent) if s not in self._vectors]
        asked = self._ask(turn)
        vectors: list[Pending[list[Vector]]] = []
        try:
            vectors += [self.model.embed(unknown)] if unknown else []
            pool = _gathered(asked) + self._leftovers(turn)
            known = {s: v for s, v in self._vectors.items() if s in recent}
            known.update(zip(unknown, _gathered(vectors), strict=True))
        finally:
            _cancel([*asked, *vectors])
        self._vectors = known
        setting = self._setting(turn)
        ready = usable(pool, setting)
        if len(ready) < SHOWN:
            pool += self._more(turn)
            ready = usable(pool, setting)
        self._left = ((turn.place, turn.prefix), pool)
        return self._choose(ready, setting, turn.dial)

    def reorder(self, turn: Turn) -> list[Ranked]:
        """Return what the model gave last, ranked anew.

        Returns:
            Nothing if it was for another place or beginning, or in another session.

        Raises:
            PredictionError: the model gave no usable answer.
        """
        place, pool = self._left
        if place != (turn.place, turn.prefix):
            return []
        setting = self._setting(turn)
        return self._choose(usable(pool, setting), setting, turn.dial)

    def _choose(self, ready: Sequence[Candidate], setting: Setting, dial: int) -> list[Ranked]:
        self._score([candidate.text for candidate in ready])
        setting = setting._replace(alone=self._alone)
        ranked = choose(ready, setting, self._weights.turned(dial))
        # Whichever is taken will be part of the context.
        self._vectors |= {one.candidate.text: one.candidate.embedding for one in ranked}
        return ranked

    def _setting(self, turn: Turn) -> Setting:
        context = [self._vectors[s] for s in turn.story[-RECENT:]]
        unwanted = turn.shown if turn.how == "differently" else ()
        shown = (*turn.shown, *split_sentences(turn.pinned))
        return Setting(turn.story, context, shown, unwanted, turn.prefix)

    def _score(self, sentences: Sequence[str]) -> None:
        """Find out how likely each sentence is without the story."""
        new = [sentence for sentence in sentences if sentence not in self._alone]
        asked = [self.model.score(new[i : i + SCORED]) for i in range(0, len(new), SCORED)]
        try:
            scores = {s: one.log_prob for s, one in zip(new, _gathered(asked), strict=True)}
        finally:
            _cancel(asked)
        self._alone = {s: self._alone[s] for s in sentences if s in self._alone} | scores

    def _ask(self, turn: Turn) -> list[Pending[list[Candidate]]]:
        seeds = self.seeds(turn)
        asked: list[Pending[list[Candidate]]] = []
        try:
            if len(seeds) == 1:  # the likeliest sentences are the same every time
                asked.append(self.model.suggest(_told(turn)))
            for seed in seeds:
                asked.append(self._draw(turn, seed))
        except BaseException:
            _cancel(asked)
            raise
        return asked

    def _more(self, turn: Turn) -> list[Candidate]:
        """Draw once more, because too little was fit to be shown."""
        asked = [self._draw(turn, self._place_seed(turn, len(self.seeds(turn))))]
        try:
            return _gathered(asked)
        finally:
            _cancel(asked)

    def _draw(self, turn: Turn, seed: int) -> Pending[list[Candidate]]:
        sampling, avoid = self._sampling, list[str]()
        if turn.how == "differently":
            avoid = list(turn.shown)
            more = max(2 * sampling.diversity, LEAST_STEERING)
            sampling = sampling._replace(diversity=more)
        return self.model.sample(_told(turn), sampling, seed, turn.prefix, avoid)

    def _leftovers(self, turn: Turn) -> list[Candidate]:
        """Return what the model gave here before and was not shown; of no use for other wishes."""
        place, left = self._left
        same = place == (turn.place, turn.prefix) and turn.how != "differently"
        return left if same else []

    def _place_seed(self, turn: Turn, draw: int) -> int:
        place = f"{self._seed} {len(turn.story)} {turn.answers} {draw}".encode()
        return int.from_bytes(hashlib.sha256(place).digest()[:8], "big") >> 1


def _told(turn: Turn) -> list[str]:
    """Return what the model is told: what is pinned, then the story."""
    return [*split_sentences(turn.pinned)[:PIN_SENTENCES], *turn.story]


def _gathered(asked: Sequence[Pending[list[T]]]) -> list[T]:
    return [one for pending in asked for one in pending.result()]


def _cancel(asked: Iterable[Pending[Any]]) -> None:
    for pending in asked:
        pending.cancel()  # does nothing to one that is done
