"""A story on disk: the journal, which holds everything, and the text, which is written from it.

``이야기.txt`` is what a writer opens, names and reads; ``이야기.txt.journal`` stands beside it. An
entry is on disk before its effect is shown; then the text is rewritten from the journal. Changes
that another program made to the text meanwhile are recorded in the journal first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from client.errors import StoryError, reason
from client.interrupts import uninterrupted
from client.ranking import Ranked
from client.story import journal as journals
from client.story.attribution import attribute
from client.story.history import (
    History,
    Proposal,
    begin_fields,
    line_record,
    ranked_record,
    rebuild,
)
from client.story.journal import Entry, Journal, JournalError
from client.story.manuscript import BACK, Branch, Line, difference
from client.story.text_file import TextFile, check_writable


class Remark(NamedTuple):
    """Something about the story's files that the writer should know.

    Attributes:
        key: the message for it, a key of ``client.messages``.
        fields: the values for its placeholders.
    """

    key: str
    fields: dict[str, object]


class Story:
    """A story that is open in this session.

    Attributes:
        history: everything recorded about it.
        path: the text file.
        saved: whether journal and text are on disk.
        remarks: what the writer should know about its files, found on opening.
    """

    def __init__(self, text: TextFile, journal: Journal, lines: Sequence[str] | None) -> None:
        """Open a story whose text file holds ``lines``; None if there is no file."""
        self.path = text.path
        self.remarks: list[Remark] = []
        self._text = text
        self._journal = journal
        self._written = True
        self._begin_fields = begin_fields(lines or ())
        if journal.empty:
            self.history = History()
            self.history.replay({"event": "begin", **self._begin_fields})
        else:
            self.history = rebuild(journal.contents.entries)
            self._report_damage()
            self._reconcile(lines)

    @classmethod
    def open(cls, path: str) -> "Story":
        """Open a story, or start one if there is no file; the text file is not touched.

        Raises:
            StoryError: not a regular file, not UTF-8, open in another session, beside something
                that is not its journal, or not writable.
        """
        text = TextFile(path)
        mode = 0o666 if text.read() is None else text.path.stat().st_mode & 0o666
        journal_path = journals.path_for(text.path)
        with uninterrupted():
            check_writable(text.path)
            try:
                journal = Journal(journal_path, mode)
            except JournalError as error:
                named = path if error.key == "story_open_elsewhere" else str(journal_path)
                raise StoryError(error.key, path=named) from None
            except OSError as error:
                named, why = str(error.filename or journal_path), reason(error)
                raise StoryError("story_unwritable", path=named, why=why) from None
            try:
                return cls(text, journal, text.read())  # again, now that it is locked
            except BaseException:
                journal.close()
                raise

    @property
    def saved(self) -> bool:
        """Whether everything is on disk."""
        return self._written and self._journal.saved

    @property
    def lines(self) -> list[Line]:
        """The sentences with their authors, oldest first, blank lines left out."""
        return [line for line in self.history.manuscript.lines if line.text]

    @property
    def sentences(self) -> list[str]:
        """The sentences so far, oldest first."""
        return [line.text for line in self.lines]

    @property
    def state(self) -> int:
        """The current state, a number of ``History.manuscript``."""
        return self.history.manuscript.head

    @property
    def proposals(self) -> list[Proposal]:
        """The candidates shown in the current state, oldest first."""
        return self.history.proposals(self.state)

    def append(self, how: str, lines: Sequence[Line], chosen: Entry | None = None) -> None:
        """Add sentences at the end.

        Args:
            how: ``write`` or ``take``.
            lines: the sentences.
            chosen: number and text of the candidate taken, for the journal.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change(how, len(self.history.manuscript.lines), 0, lines, chosen)

    def insert(self, after: int, lines: Sequence[Line]) -> None:
        """Insert sentences after a sentence (0: before the first).

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change("insert", self._index(after) + 1 if after else 0, 0, lines)

    def replace(self, number: int, lines: Sequence[Line]) -> None:
        """Replace a sentence.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change("edit", self._index(number), 1, lines)

    def delete(self, first: int, last: int) -> None:
        """Delete the sentences from ``first`` to ``last``, and the blank lines between them.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        at = self._index(first)
        self._change("delete", at, self._index(last) + 1 - at, ())

    def go_back(self, number: int) -> None:
        """Go back to the story's end at a sentence; what follows stays as a branch.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        manuscript = self.history.manuscript
        kept = manuscript.lines[: self._index(number) + 1 if number else 0]
        state = manuscript.ancestor_with(kept)
        if state is not None:
            self.move(BACK, state)
            return
        # No state ended there.
        self._change(BACK, len(kept), len(manuscript.lines) - len(kept), ())

    def move(self, how: str, state: int) -> None:
        """Go to another state of the story.

        Raises:
            StoryError: it cannot be saved; the move stays in memory.
        """
        with self._saving():
            self._add("move", {"how": how, "to": state})

    def log(self, name: str, **fields: object) -> None:
        """Record an event that does not change the text.

        Raises:
            StoryError: it cannot be saved; it stays in memory.
        """
        with uninterrupted():
            self._add(name, fields)
            self._flush()

    def log_proposal(self, how: str, prefix: str, ranked: Sequence[Ranked]) -> None:
        """Record candidates that are about to be shown.

        Raises:
            StoryError: it cannot be saved; it stays in memory.
        """
        records = [ranked_record(one) for one in ranked]
        self.log("proposed", at=self.state, how=how, prefix=prefix, candidates=records)

    @uninterrupted()
    def merge_external_edits(self) -> bool:
        """Record changes that another program made to the text; return whether there were any.

        Raises:
            StoryError: the file cannot be read, or the change cannot be saved.
        """
        if not self._text.changed():
            return False
        lines = self._text.read()
        if lines is None:
            self._written = False
            self.save()
            return False
        if not self._merge_lines(lines):
            return False
        self._flush()
        return True

    @uninterrupted()
    def save(self) -> None:
        """Write what is not on disk yet.

        Raises:
            StoryError: writing failed; it stays in memory.
        """
        self._flush()
        if not self._written:
            self._text.write(line.text for line in self.history.manuscript.lines)
            self._written = True

    def close(self) -> None:
        """Close the files; what is not saved is lost."""
        self._journal.close()

    def branch_lines(self, branch: Branch) -> list[Line]:
        """Return the sentences of a branch, up to its end."""
        lines = self.history.manuscript.lines_at(branch.tip)
        return [line for line in lines if line.text]

    def _index(self, number: int) -> int:
        """Return the index of a sentence's line; sentences count from 1."""
        lines = self.history.manuscript.lines
        return [i for i, line in enumerate(lines) if line.text][number - 1]

    def _change(
        self,
        how: str,
        at: int,
        removed: int,
        added: Sequence[Line],
        chosen: Entry | None = None,
    ) -> None:
        parent = self.state
        more: Entry = {} if chosen is None else {"chosen": chosen}
        with self._saving():
            state = self.history.manuscript.find_change(parent, how, at, removed, added)
            if state is None:
                fields = self._change_fields(how, parent, at, removed, added)
                self._add("change", {**fields, **more})
            else:
                self._add("move", {"how": how, "to": state, **more})

    def _change_fields(
        self, how: str, parent: int, at: int, removed: int, added: Sequence[Line]
    ) -> Entry:
        before = self.history.manuscript.lines_at(parent)[at : at + removed]
        return {
            "how": how,
            "parent": parent,
            "at": at,
            "removed": [line_record(line) for line in before],
            "added": [line_record(line) for line in added],
        }

    @contextmanager
    def _saving(self) -> Iterator[None]:
        """Save what the block changes; Ctrl-C waits."""
        with uninterrupted():
            yield
            self._written = False
            self.save()

    def _add(self, name: str, fields: Entry) -> None:
        if self._journal.empty:
            self._journal.append("begin", self._begin_fields)
        self.history.replay(self._journal.append(name, fields))

    def _flush(self) -> None:
        try:
            self._journal.flush()
        except JournalError as error:
            raise StoryError(error.key, path=str(self.path)) from None
        except OSError as error:
            path = str(self._journal.path)
            raise StoryError("story_unwritable", path=path, why=reason(error)) from None

    def _report_damage(self) -> None:
        contents, path = self._journal.contents, str(self._journal.path)
        if self._journal.tail_path:
            aside = str(self._journal.tail_path)
            self.remarks.append(Remark("journal_torn", {"path": path, "aside": aside}))
        if contents.damaged:
            self._add("damaged", {"lines": contents.damaged})
            numbers = ", ".join(map(str, contents.damaged))
            self.remarks.append(Remark("journal_damaged", {"path": path, "lines": numbers}))

    def _reconcile(self, lines: Sequence[str] | None) -> None:
        """Reconcile the text with the journal."""
        if lines is None:
            self._written = False
            self.remarks.append(Remark("text_restored", {"path": str(self.path)}))
        elif self._is_text_behind(lines):
            self._written = False
        elif self._merge_lines(lines):
            self.remarks.append(Remark("text_changed", {"path": str(self.path)}))

    def _is_text_behind(self, lines: Sequence[str]) -> bool:
        """Return whether the last session ended after writing the journal, before the text."""
        moved, modified = self.history.last_move, self._text.modified()
        if moved is None or modified is None:
            return False
        before = self.history.manuscript.lines_at(self.history.state_before)
        changed = datetime.fromisoformat(moved["time"].replace("Z", "+00:00")).timestamp()
        return modified < changed and [line.text for line in before] == list(lines)

    def _merge_lines(self, lines: Sequence[str]) -> bool:
        before = self.history.manuscript.lines
        if [line.text for line in before] == list(lines):
            return False
        at, removed, added = difference(before, attribute(before, lines, self.history.shown()))
        self._add("change", self._change_fields("outside", self.state, at, removed, added))
        return True
