"""The turns of a co-writing session: commands in, events out.

Knows nothing of a terminal: ``Session.handle`` takes what the writer wants and yields what came of
it, so that any front end can drive it. The story is saved before the model is asked, so a request
that fails or is cancelled loses nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from client.prediction import Candidate, Model, Pending, PredictionError, Sampling, Vector
from client.ranking import RECENT, Ranked, rank
from client.sentences import split_sentences
from client.story import Story, StoryError

OPENING = 5  # sentences that a session begins with: the model's context window


@dataclass(frozen=True)
class Take:
    """Take a candidate as it stands."""

    index: int  # 0 for the best


@dataclass(frozen=True)
class Write:
    """Add the writer's own words: one sentence or several, or an edited candidate."""

    text: str


@dataclass(frozen=True)
class Ask:
    """Ask for candidates, and for others than those shown, if the opening is long enough.

    Attributes:
        anyway: the writer begins with fewer than five sentences.
    """

    anyway: bool = False


@dataclass(frozen=True)
class Undo:
    """Take the last sentence away."""


@dataclass(frozen=True)
class Save:
    """Write the story to its file, though it should be there already."""


Command = Take | Write | Ask | Undo | Save


@dataclass(frozen=True)
class Added:
    """Sentences now stand at the end of the story."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Removed:
    """The last sentence no longer stands in the story."""

    sentence: str


@dataclass(frozen=True)
class Saved:
    """The story is in its file."""

    path: str
    sentences: int


@dataclass(frozen=True)
class OpeningNeeded:
    """Fewer sentences than the model wants for a beginning."""

    written: int


@dataclass(frozen=True)
class Asking:
    """The model is at work; what follows may take a while."""


@dataclass(frozen=True)
class Proposed:
    """Candidates to choose from, best first, at least one."""

    ranked: Sequence[Ranked]


@dataclass(frozen=True)
class Problem:
    """Something did not work; the session goes on."""

    key: str  # of client.messages
    fields: dict[str, object]


Event = Added | Removed | Saved | OpeningNeeded | Asking | Proposed | Problem


class Session:
    """A story, a model, and the candidates on the table.

    Attributes:
        story: the story.
        ranked: the candidates that the writer can take now, best first.
    """

    def __init__(self, story: Story, model: Model, sampling: Sampling, seed: int) -> None:
        self.story = story
        self.ranked: Sequence[Ranked] = ()
        self._model = model
        self._sampling = sampling
        self._seed = seed
        self._vectors: dict[str, Vector] = {}  # of the story's newest sentences
        self._opened = False
        self._new_turn()

    def handle(self, command: Command) -> Iterator[Event]:
        """Do what the writer wants and yield what happens, in order."""
        try:
            match command:
                case Take(index):
                    yield from self._take(index)
                case Write(text):
                    yield from self._add(split_sentences(text))
                case Ask(anyway):
                    yield from self._ask(anyway)
                case Undo():
                    yield from self._undo()
                case Save():
                    self.story.save()
                    yield Saved(str(self.story.path), len(self.story.sentences))
        except (StoryError, PredictionError) as error:
            yield Problem(error.key, dict(error.fields))

    def _take(self, index: int) -> Iterator[Event]:
        if not 0 <= index < len(self.ranked):
            yield Problem("no_such_candidate", {"number": index + 1, "count": len(self.ranked)})
            return
        candidate = self.ranked[index].candidate
        self._vectors[candidate.text] = candidate.embedding
        yield from self._add([candidate.text])

    def _add(self, sentences: Sequence[str]) -> Iterator[Event]:
        if not sentences:
            return
        problem = self._change(lambda: self.story.append(sentences))
        yield Added(sentences)
        yield from problem

    def _undo(self) -> Iterator[Event]:
        if not self.story.sentences:
            yield Problem("nothing_to_undo", {})
            return
        last = self.story.sentences[-1]
        problem = self._change(self.story.undo)
        yield Removed(last)
        yield from problem

    def _change(self, change: Callable[[], object]) -> list[Event]:
        """Change the story before anything is said of it; what cannot be saved stays in memory."""
        self._new_turn()
        try:
            change()
        except StoryError as error:
            return [Problem(error.key, dict(error.fields))]
        return []

    def _ask(self, anyway: bool) -> Iterator[Event]:
        written = len(self.story.sentences)
        self._opened |= anyway or written >= OPENING
        if not (written and self._opened):
            yield OpeningNeeded(written)
            return
        yield Asking()
        shown = [ranked.candidate.text for ranked in self.ranked]
        ranked = self._propose(self._rejected + shown, self._answers)
        # Only now: until there is something better, what was shown can still be taken.
        self._rejected += shown
        self._answers += 1
        self.ranked = ranked
        yield Proposed(ranked) if ranked else Problem("no_candidates", {})

    def _propose(self, rejected: Sequence[str], retries: int) -> list[Ranked]:
        """Ask the model, side by side, and rank what it gave in this turn and was not shown yet."""
        story = self.story.sentences
        recent = story[-RECENT:]
        unknown = [s for s in dict.fromkeys(recent) if s not in self._vectors]
        asked: list[Pending[list[Candidate]]] = []
        vectors: Pending[list[Vector]] | None = None
        try:
            if not retries:  # the likeliest sentences are the same every time
                asked.append(self._model.suggest(story))
            for draw in range(2 if retries else 1):
                seed = self._place_seed(len(story), retries, draw)
                asked.append(self._model.sample(story, self._sampling, seed, rejected))
            vectors = self._model.embed(unknown) if unknown else None
            pool = [candidate for pending in asked for candidate in pending.result()]
            known = {s: v for s, v in self._vectors.items() if s in recent}
            if vectors:
                known.update(zip(unknown, vectors.result(), strict=True))
        finally:
            for pending in (*asked, vectors):
                if pending:
                    pending.cancel()  # does nothing to one that is done
        self._vectors = known
        self._pool += pool
        return rank(self._pool, story, [known[s] for s in recent], rejected)

    def _place_seed(self, written: int, retries: int, draw: int) -> int:
        """Return a seed of 63 bits that depends on nothing but the session's seed and the place."""
        place = f"{self._seed} {written} {retries} {draw}".encode()
        return int.from_bytes(hashlib.sha256(place).digest()[:8], "big") >> 1

    def _new_turn(self) -> None:
        self.ranked = ()
        self._pool: list[Candidate] = []  # all that the model gave in this turn
        self._rejected: list[str] = []
        self._answers = 0  # of the model in this turn
