"""A story as a tree of changes, so that every state it ever had can be reached again.

A state is known by the number of the change that led to it; 0 is the beginning. Who goes back and
continues differently gives a state a second child: a branch. The first child of a state belongs to
its parent's branch, every other one begins a branch of its own, so that branches keep their numbers
for ever. So does a change that goes back, whichever child it is: what it takes away stays as the
end of the older branch. Undo and redo go where the story was before, by whatever way it came from
there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

ROOT = 0
BACK = "back"  # how a change is made that begins a branch


class Author(str, Enum):
    """Who wrote a sentence."""

    WRITER = "writer"
    MODEL = "model"
    EDITED = "edited"  # the model's words changed by the writer, or begun by the writer


class Line(NamedTuple):
    """A sentence, or the blank line (``""``) between two paragraphs."""

    text: str
    author: Author = Author.WRITER


@dataclass(frozen=True)
class Change:
    """Lines taken out, and lines put in, at one place.

    Attributes:
        number: of the state that it leads to, above its parent's.
        parent: the state that it was made in.
        how: what the writer did.
        at: index of the first line concerned.
    """

    number: int
    parent: int
    how: str
    at: int
    removed: tuple[Line, ...]
    added: tuple[Line, ...]


class Branch(NamedTuple):
    """A line of changes, from where it parts from an older one to its end."""

    number: int  # from 1, in the order in which they began
    tip: int  # its last state


class Manuscript:
    """The states of a story, and the one it is in.

    Attributes:
        lines: what stands in the story now.
        head: the state it is in.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines = list(lines)
        self.head = ROOT
        self._changes: dict[int, Change] = {}
        self._children: dict[int, list[int]] = {ROOT: []}
        self._undone_to: list[int] = []  # states that undo leads to, the next one last
        self._redone_to: list[int] = []

    def __contains__(self, state: object) -> bool:
        return state in self._children

    def apply(self, change: Change) -> None:
        """Make a change of its parent state; one that does not fit that is made to.

        That one does not fit happens only where a journal has lost events.
        """
        self._undone_to.append(self.head)
        self._redone_to.clear()
        self._go(change.parent)
        end = change.at + len(change.removed)
        if tuple(self.lines[change.at : end]) != change.removed:
            at = min(change.at, len(self.lines))
            change = replace(change, at=at, removed=tuple(self.lines[at:end]))
        self._changes[change.number] = change
        self._children[change.number] = []
        self._children[change.parent].append(change.number)
        self._redo(change)

    def same_change(
        self, parent: int, how: str, at: int, removed: int, added: Sequence[Line]
    ) -> int | None:
        """Return the state to which just this change of a state once led, if any."""
        wanted = (how == BACK, at, removed, tuple(added))
        for number in self._children[parent]:
            change = self._changes[number]
            if (change.how == BACK, change.at, len(change.removed), change.added) == wanted:
                return number
        return None

    def previous(self) -> int | None:
        """Return the state that undo leads to."""
        return self._undone_to[-1] if self._undone_to else None

    def next(self) -> int | None:
        """Return the state that redo leads to."""
        return self._redone_to[-1] if self._redone_to else None

    def move(self, state: int, how: str) -> None:
        """Go to any state; ``how`` is ``undo``, ``redo``, or something that undo can take back.

        Raises:
            KeyError: there is no such state.
        """
        here = self.head
        self._go(state)
        if how == "undo" and self.previous() == state:
            self._undone_to.pop()
            self._redone_to.append(here)
            return
        self._undone_to.append(here)
        if how == "redo" and self.next() == state:
            self._redone_to.pop()
        else:
            self._redone_to.clear()

    def ancestor(self, lines: Sequence[Line]) -> int | None:
        """Return the nearest state on the way to the present one in which just this stood."""
        wanted, then = list(lines), list(self.lines)
        for state in self._ancestry(self.head):
            if then == wanted:
                return state
            _splice(then, self._changes[state].at, *_backwards(self._changes[state]))
        return ROOT if then == wanted else None

    def _go(self, state: int) -> None:
        up, down = self._way(state)
        for number in up:
            self._undo(self._changes[number])
        for number in down:
            self._redo(self._changes[number])

    def lines_at(self, state: int) -> list[Line]:
        """Return what stands in the story in another state."""
        lines = list(self.lines)
        up, down = self._way(state)
        for number in up:
            _splice(lines, self._changes[number].at, *_backwards(self._changes[number]))
        for number in down:
            change = self._changes[number]
            _splice(lines, change.at, change.removed, change.added)
        return lines

    def branches(self) -> list[Branch]:
        """Return all branches, the oldest first."""
        births = [n for n, change in self._changes.items() if not self._is_first(change)]
        return [Branch(i, self._tip(birth)) for i, birth in enumerate([ROOT, *births], 1)]

    def branch(self) -> Branch:
        """Return the branch of the present state."""
        state = self.head
        while state != ROOT and self._is_first(self._changes[state]):
            state = self._changes[state].parent
        tip = self._tip(state)
        return next(branch for branch in self.branches() if branch.tip == tip)

    def _is_first(self, change: Change) -> bool:
        return self._continuation(change.parent) == change.number

    def _continuation(self, state: int) -> int | None:
        """Return the child that goes on with the branch of a state."""
        children = self._children[state]
        return next((n for n in children if self._changes[n].how != BACK), None)

    def _tip(self, state: int) -> int:
        while (child := self._continuation(state)) is not None:
            state = child
        return state

    def _way(self, state: int) -> tuple[list[int], list[int]]:
        """Return the changes to take back, then those to make, to come to a state."""
        if state not in self:
            raise KeyError(state)
        if state == self.head:  # as nearly always; the way to the beginning may be long
            return [], []
        up, down = self._ancestry(self.head), self._ancestry(state)
        while up and down and up[-1] == down[-1]:
            up.pop()
            down.pop()
        return up, down[::-1]

    def _ancestry(self, state: int) -> list[int]:
        """Return the changes that led to a state, the last first."""
        states = []
        while state != ROOT:
            states.append(state)
            state = self._changes[state].parent
        return states

    def _undo(self, change: Change) -> None:
        _splice(self.lines, change.at, *_backwards(change))
        self.head = change.parent

    def _redo(self, change: Change) -> None:
        _splice(self.lines, change.at, change.removed, change.added)
        self.head = change.number


def _backwards(change: Change) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    return change.added, change.removed


def _splice(lines: list[Line], at: int, removed: Sequence[Line], added: Sequence[Line]) -> None:
    lines[at : at + len(removed)] = added


def difference(before: Sequence[Line], after: Sequence[Line]) -> tuple[int, int, list[Line]]:
    """Return where two versions part, how many lines go there, and which come instead."""
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    same = 0
    while same < min(len(before), len(after)) - at and before[-1 - same] == after[-1 - same]:
        same += 1
    return at, len(before) - same - at, list(after[at : len(after) - same])
