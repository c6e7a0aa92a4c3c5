"""The events that an action results in: what a front end may show, not how.

The class and field names, in snake case, are the events of ``--json``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from client.ranking import Ranked
from client.session.comparison import Row
from client.story.history import Note
from client.story.manuscript import Line


@dataclass(frozen=True)
class Changed:
    """The story has changed; it is on disk, unless a ``Problem`` follows.

    Attributes:
        how: ``write``, ``take``, ``edit``, ``insert``, ``delete``, ``back``, ``undo``, ``redo``,
            ``switch``, or ``outside`` if another program changed it.
        number: of the first sentence changed, from 1.
        removed: the sentences that were there.
        added: the sentences that are there now.
        sentences: the story's number of sentences now.
    """

    how: str
    number: int
    removed: Sequence[Line]
    added: Sequence[Line]
    sentences: int


@dataclass(frozen=True)
class OpeningNeeded:
    """The story has fewer sentences than the model wants to start from."""

    written: int


@dataclass(frozen=True)
class Asking:
    """The model is working; the next event may take a while."""


@dataclass(frozen=True)
class Retrying:
    """The server did not answer; the request is repeated once."""

    address: str


@dataclass(frozen=True)
class Proposed:
    """Candidates to choose from, at least one.

    Attributes:
        candidates: best first.
        prefix: the beginning that the writer gave; may be empty.
        shown_before: whether they were already shown in this state.
        dial: position of the dial 무난 ↔ 새로움, -3 to 3.
    """

    candidates: Sequence[Ranked]
    prefix: str
    shown_before: bool
    dial: int = 0


@dataclass(frozen=True)
class BranchSummary:
    """A branch in a list.

    Attributes:
        number: its number.
        here: whether it is the current one.
        sentences: its number of sentences.
        common: how many of them it shares with the story now, from the beginning.
        last: its last sentence.
    """

    number: int
    here: bool
    sentences: int
    common: int
    last: str


@dataclass(frozen=True)
class Branches:
    """All branches, oldest first."""

    branches: Sequence[BranchSummary]


@dataclass(frozen=True)
class Compared:
    """Two branches side by side.

    Attributes:
        left: number of one branch, None for the story now.
        right: number of the other.
        common: how many sentences they share before they differ.
        rows: the rest, sentence by sentence.
    """

    left: int | None
    right: int
    common: int
    rows: Sequence[Row]


@dataclass(frozen=True)
class Notes:
    """The writer's notes, and the text that the model reads first (may be empty)."""

    notes: Sequence[Note]
    pinned: str


@dataclass(frozen=True)
class Dialled:
    """The position of the dial 무난 ↔ 새로움."""

    value: int  # -3, the safest candidates, to 3, the most novel


@dataclass(frozen=True)
class WholeStory:
    """The whole story."""

    sentences: Sequence[Line]


@dataclass(frozen=True)
class Exported:
    """The story was exported."""

    path: str


@dataclass(frozen=True)
class Saved:
    """The story is saved."""

    path: str
    sentences: int


@dataclass(frozen=True)
class Notice:
    """Something that the writer should know, not a problem."""

    key: str  # of client.messages
    fields: dict[str, object]


@dataclass(frozen=True)
class Problem:
    """Something failed; the session continues."""

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
