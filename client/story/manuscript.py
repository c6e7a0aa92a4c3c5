"""A story as a tree of changes, from which every state it ever had can be restored.

A state is identified by the number of the change that led to it; 0 is the root. Going back and
continuing differently gives a state a second child, which starts a branch. The first child of a
state continues its parent's branch and every other one starts a new one, so that branches keep
their numbers. A change that goes back always starts a branch: what it removes stays as the end of
the older one. Undo and redo follow the order in which states were visited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

ROOT = 0
BACK = "back"  # a change that goes back, and starts a branch


class Author(StrEnum):
    """Who wrote a sentence."""

    WRITER = "writer"
    MODEL = "model"
    EDITED = "edited"  # by the model, changed or begun by the writer


class Line(NamedTuple):
    """A line of the text: a sentence, or ``""`` between two paragraphs."""

    text: str
    author: Author = Author.WRITER


@dataclass(frozen=True)
class Change:
    """Lines that were replaced by others.

    Attributes:
        number: the state that it leads to, greater than its parent.
        parent: the state that it was made in.
        how: what the writer did.
        at: index of the first line replaced.
        removed: the lines that were there.
        added: the lines that are there instead.
    """

    number: int
    parent: int
    how: str
    at: int
    removed: tuple[Line, ...]
    added: tuple[Line, ...]


class Branch(NamedTuple):
    """A chain of changes, from where it leaves an older branch to its end."""

    number: int  # from 1, oldest first
    tip: int  # its last state


class Manuscript:
    """All states of a story, and the current one.

    Attributes:
        lines: the text in the current state.
        head: the current state.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines = list(lines)
        self.head = ROOT
        self._changes: dict[int, Change] = {}
        self._children: dict[int, list[int]] = {ROOT: []}
        self._undo_stack: list[int] = []  # states that undo returns to, the next one last
        self._redo_stack: list[int] = []

    def __contains__(self, state: object) -> bool:
        return state in self._children

    def apply(self, change: Change) -> None:
        """Apply a change to its parent state, adapted if ``removed`` is not what is there.

        That happens only if a journal lost entries.
        """
        self._undo_stack.append(self.head)
        self._redo_stack.clear()
        self._go_to(change.parent)
        end = change.at + len(change.removed)
        if tuple(self.lines[change.at : end]) != change.removed:
            at = min(change.at, len(self.lines))
            change = replace(change, at=at, removed=tuple(self.lines[at:end]))
        self._changes[change.number] = change
        self._children[change.number] = []
        self._children[change.parent].append(change.number)
        self._apply(change)

    def find_change(
        self, parent: int, how: str, at: int, removed: int, added: Sequence[Line]
    ) -> int | None:
        """Return the state that the same change of ``parent`` led to, None if there is none."""
        wanted = (how == BACK, at, removed, tuple(added))
        for number in self._children[parent]:
            change = self._changes[number]
            if (change.how == BACK, change.at, len(change.removed), change.added) == wanted:
                return number
        return None

    def undo_target(self) -> int | None:
        """Return the state that undo returns to, None if there is none."""
        return self._undo_stack[-1] if self._undo_stack else None

    def redo_target(self) -> int | None:
        """Return the state that redo returns to, None if there is none."""
        return self._redo_stack[-1] if self._redo_stack else None

    def move(self, state: int, how: str) -> None:
        """Go to any state; ``how`` is ``undo``, ``redo``, or a move that undo can reverse.

        Raises:
            KeyError: there is no such state.
        """
        here = self.head
        self._go_to(state)
        if how == "undo" and self.undo_target() == state:
            self._undo_stack.pop()
            self._redo_stack.append(here)
            return
        self._undo_stack.append(here)
        if how == "redo" and self.redo_target() == state:
            self._redo_stack.pop()
        else:
            self._redo_stack.clear()

    def ancestor_with(self, lines: Sequence[Line]) -> int | None:
        """Return the nearest ancestor of the current state that has these lines."""
        wanted, current = list(lines), list(self.lines)
        for state in self._ancestry(self.head):
            if current == wanted:
                return state
            _splice(current, self._changes[state].at, *_inverse(self._changes[state]))
        return ROOT if current == wanted else None

    def _go_to(self, state: int) -> None:
        up, down = self._path(state)
        for number in up:
            self._revert(self._changes[number])
        for number in down:
            self._apply(self._changes[number])

    def lines_at(self, state: int) -> list[Line]:
        """Return the text in another state."""
        lines = list(self.lines)
        up, down = self._path(state)
        for number in up:
            _splice(lines, self._changes[number].at, *_inverse(self._changes[number]))
        for number in down:
            change = self._changes[number]
            _splice(lines, change.at, change.removed, change.added)
        return lines

    def branches(self) -> list[Branch]:
        """Return all branches, oldest first."""
        starts = [n for n, change in self._changes.items() if not self._continues_branch(change)]
        return [Branch(i, self._tip(start)) for i, start in enumerate([ROOT, *starts], 1)]

    def branch(self) -> Branch:
        """Return the branch of the current state."""
        state = self.head
        while state != ROOT and self._continues_branch(self._changes[state]):
            state = self._changes[state].parent
        tip = self._tip(state)
        return next(branch for branch in self.branches() if branch.tip == tip)

    def _continues_branch(self, change: Change) -> bool:
        return self._continuation(change.parent) == change.number

    def _continuation(self, state: int) -> int | None:
        """Return the child that continues the branch of a state, None at its tip."""
        children = self._children[state]
        return next((n for n in children if self._changes[n].how != BACK), None)

    def _tip(self, state: int) -> int:
        while (child := self._continuation(state)) is not None:
            state = child
        return state

    def _path(self, state: int) -> tuple[list[int], list[int]]:
        """Return the changes to revert, then those to apply, to reach a state."""
        if state not in self:
            raise KeyError(state)
        if state == self.head:  # as nearly always; the path to the root may be long
            return [], []
        up, down = self._ancestry(self.head), self._ancestry(state)
        while up and down and up[-1] == down[-1]:
            up.pop()
            down.pop()
        return up, down[::-1]

    def _ancestry(self, state: int) -> list[int]:
        """Return the changes that led to a state, last first."""
        states = []
        while state != ROOT:
            states.append(state)
            state = self._changes[state].parent
        return states

    def _revert(self, change: Change) -> None:
        _splice(self.lines, change.at, *_inverse(change))
        self.head = change.parent

    def _apply(self, change: Change) -> None:
        _splice(self.lines, change.at, change.removed, change.added)
        self.head = change.number


def _inverse(change: Change) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    return change.added, change.removed


def _splice(lines: list[Line], at: int, removed: Sequence[Line], added: Sequence[Line]) -> None:
    lines[at : at + len(removed)] = added


def difference(before: Sequence[Line], after: Sequence[Line]) -> tuple[int, int, list[Line]]:
    """Return where two versions differ, how many lines go there, and which replace them."""
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    same = 0
    while same < min(len(before), len(after)) - at and before[-1 - same] == after[-1 - same]:
        same += 1
    return at, len(before) - same - at, list(after[at : len(after) - same])
