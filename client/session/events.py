"""What comes of an action: everything that a front end may show, and nothing of how."""

from collections.abc import Sequence
from dataclasses import dataclass

from client.ranking import Ranked
from client.session.comparison import Row
from client.story.history import Note
from client.story.manuscript import Line


@dataclass(frozen=True)
class Changed:
    """The story is another; everything of it is on disk, unless a ``Problem`` follows.

    Attributes:
        how: ``write``, ``take``, ``edit``, ``insert``, ``delete``, ``back``, ``undo``, ``redo``,
            ``switch``, or ``outside`` for the work of another program.
        number: of the first sentence concerned, from 1.
        removed: sentences that stood there.
        added: sentences that stand there now.
        sentences: how many the story has now.
    """

    how: str
    number: int
    removed: Sequence[Line]
    added: Sequence[Line]
    sentences: int


@dataclass(frozen=True)
class OpeningNeeded:
    """Fewer sentences than the model wants for a beginning."""

    written: int


@dataclass(frozen=True)
class Asking:
    """The model is at work; what follows may take a while."""


@dataclass(frozen=True)
class Retrying:
    """The server did not answer; the turn is tried once more."""

    address: str


@dataclass(frozen=True)
class Proposed:
    """Candidates to choose from, best first, at least one.

    Attributes:
        candidates: to choose from.
        prefix: how they begin, as the writer wanted.
        shown_before: whether they are those that were shown at this place before.
        dial: where the dial 무난 ↔ 새로움 stands, -3 to 3.
    """

    candidates: Sequence[Ranked]
    prefix: str
    shown_before: bool
    dial: int = 0


@dataclass(frozen=True)
class BranchSummary:
    """A branch in a list.

    Attributes:
        number: to name it by.
        here: whether the story is on it now, perhaps before its end.
        sentences: how many it has.
        common: how many of them, from the beginning on, stand in the story now.
        last: its last sentence.
    """

    number: int
    here: bool
    sentences: int
    common: int
    last: str


@dataclass(frozen=True)
class Branches:
    """All branches, the oldest first."""

    branches: Sequence[BranchSummary]


@dataclass(frozen=True)
class Compared:
    """Two branches side by side.

    Attributes:
        left: number of one, None for what stands in the story now.
        right: number of the other.
        common: how many sentences they have in common before they part.
        rows: what follows, sentence by sentence.
    """

    left: int | None
    right: int
    common: int
    rows: Sequence[Row]


@dataclass(frozen=True)
class Notes:
    """What the writer noted, and what the model is told first (may be empty)."""

    notes: Sequence[Note]
    pinned: str


@dataclass(frozen=True)
class Dialled:
    """Where the dial 무난 ↔ 새로움 stands."""

    value: int  # -3, the safest candidates, to 3, the newest


@dataclass(frozen=True)
class WholeStory:
    """The story from its first sentence to its last."""

    sentences: Sequence[Line]


@dataclass(frozen=True)
class Exported:
    """The story is in another file too."""

    path: str


@dataclass(frozen=True)
class Saved:
    """The story is in its file."""

    path: str
    sentences: int


@dataclass(frozen=True)
class Notice:
    """Something that the writer should know; nothing to worry about."""

    key: str  # of client.messages
    fields: dict[str, object]


@dataclass(frozen=True)
class Problem:
    """Something did not work; the session goes on."""

    key: str  # of client.messages
    fields: dict[str, object]


Event = (
    Changed
    | OpeningNeeded
    | Asking
    | Retrying
    | Proposed
    | Branches
    | Compared
    | Notes
    | Dialled
    | WholeStory
    | Exported
    | Saved
    | Notice
    | Problem
)
