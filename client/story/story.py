"""A story on disk: the journal that holds everything, and the text that is written from it.

``이야기.txt`` is what a writer opens, names and reads; ``이야기.txt.journal`` stands beside it. An
event is in the journal, on disk, before anybody sees it; then the text is written anew from the
journal. What another program has done to the text meanwhile is taken into the journal first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from client.errors import StoryError
from client.interrupts import uninterrupted
from client.ranking import Ranked
from client.story import journal as journals
from client.story.attribution import attribute
from client.story.history import History, Proposal, beginning, line_record, ranked_record, rebuild
from client.story.journal import Entry, Journal, JournalError
from client.story.manuscript import BACK, Branch, Line, difference
from client.story.text_file import TextFile, check_writable, reason


class Remark(NamedTuple):
    """Something about the story's files that the writer should know.

    Attributes:
        key: the message that says so, a key of ``client.messages``.
        fields: what the message names.
    """

    key: str
    fields: dict[str, object]


class Story:
    """A story that is open for one session.

    Attributes:
        history: everything about it.
        path: the text file.
        saved: whether everything is on disk, in journal and text.
        remarks: what was found when it was opened, and the writer should know.
    """

    def __init__(self, text: TextFile, journal: Journal, lines: Sequence[str] | None) -> None:
        """Go on with a story whose text file holds ``lines``, None if there is no file."""
        self.path = text.path
        self.remarks: list[Remark] = []
        self._text = text
        self._journal = journal
        self._written = True
        self._beginning = beginning(lines or ())
        if journal.empty:  # until there is something to put into it
            self.history = History()
            self.history.replay({"event": "begin", **self._beginning})
        else:
            self.history = rebuild(journal.contents.entries)
            self._tell_of_damage()
            self._compare(lines)

    @classmethod
    def open(cls, path: str) -> "Story":
        """Open a story, or begin one where there is no file yet; the text file is not touched.

        Raises:
            StoryError: not a file, not UTF-8, in use elsewhere, no journal of ours beside it, or a
                place that cannot be written to.
        """
        text = TextFile(path)
        mode = 0o666 if text.read() is None else text.path.stat().st_mode & 0o666
        beside = journals.path_for(text.path)
        with uninterrupted():
            check_writable(text.path)
            try:
                journal = Journal(beside, mode)
            except JournalError as error:
                named = path if error.key == "story_open_elsewhere" else str(beside)
                raise StoryError(error.key, path=named) from None
            except OSError as error:
                named, why = str(error.filename or beside), reason(error)
                raise StoryError("story_unwritable", path=named, why=why) from None
            try:
                return cls(text, journal, text.read())  # again: nobody else writes now
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
    def place(self) -> int:
        """The state of the story, for which candidates are asked."""
        return self.history.manuscript.head

    @property
    def proposals(self) -> list[Proposal]:
        """All candidates that were shown at this place, oldest first."""
        return self.history.proposals(self.place)

    def append(self, how: str, lines: Sequence[Line], chosen: Entry | None = None) -> None:
        """Add sentences at the end.

        Args:
            how: the writer came by them.
            lines: the sentences.
            chosen: which candidate it was, for the journal.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change(how, len(self.history.manuscript.lines), 0, lines, chosen)

    def insert(self, after: int, lines: Sequence[Line]) -> None:
        """Put sentences after that one (0: before the first).

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change("insert", self._index(after) + 1 if after else 0, 0, lines)

    def replace(self, number: int, lines: Sequence[Line]) -> None:
        """Put sentences in the place of one.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        self._change("edit", self._index(number), 1, lines)

    def delete(self, first: int, last: int) -> None:
        """Take the sentences from ``first`` to ``last`` away, with the blank lines between them.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        at = self._index(first)
        self._change("delete", at, self._index(last) + 1 - at, ())

    def back(self, number: int) -> None:
        """Go back to where the story ended with that sentence; what follows stays as a branch.

        Raises:
            StoryError: it cannot be saved; the change stays in memory.
        """
        manuscript = self.history.manuscript
        kept = manuscript.lines[: self._index(number) + 1 if number else 0]
        state = manuscript.ancestor(kept)
        if state is not None:
            self.move(BACK, state)
            return
        # It never ended there.
        self._change(BACK, len(kept), len(manuscript.lines) - len(kept), ())

    def move(self, how: str, state: int) -> None:
        """Go to another state of the story.

        Raises:
            StoryError: it cannot be saved; the move stays in memory.
        """
        with self._saving():
            self._add("move", {"how": how, "to": state})

    def log(self, name: str, **fields: object) -> None:
        """Put an event into the journal that does not change the text.

        Raises:
            StoryError: it cannot be saved; it stays in memory.
        """
        with uninterrupted():
            self._add(name, fields)
            self._flush()

    def log_proposal(self, how: str, prefix: str, ranked: Sequence[Ranked]) -> None:
        """Put candidates into the journal that are about to be shown.

        Raises:
            StoryError: it cannot be saved; it stays in memory.
        """
        records = [ranked_record(one) for one in ranked]
        self.log("proposed", at=self.place, how=how, prefix=prefix, candidates=records)

    @uninterrupted()
    def take_in(self) -> bool:
        """Take in what another program has done to the text; return whether it did something.

        Raises:
            StoryError: the file cannot be read now, or the change cannot be saved.
        """
        if not self._text.changed():
            return False
        lines = self._text.read()
        if lines is None:
            self._written = False
            self.save()
            return False
        if not self._take_lines(lines):
            return False
        self._flush()
        return True

    @uninterrupted()
    def save(self) -> None:
        """Write what is not on disk yet.

        Raises:
            StoryError: it cannot be written; it stays in memory.
        """
        self._flush()
        if not self._written:
            self._text.write(line.text for line in self.history.manuscript.lines)
            self._written = True

    def close(self) -> None:
        """Let go of the files; what is not saved is lost."""
        self._journal.close()

    def branch_lines(self, branch: Branch) -> list[Line]:
        """Return the sentences of a branch, up to its end."""
        lines = self.history.manuscript.lines_at(branch.tip)
        return [line for line in lines if line.text]

    def _index(self, number: int) -> int:
        """Return the line of a sentence, counted from 1."""
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
        parent = self.place
        more: Entry = {} if chosen is None else {"chosen": chosen}
        with self._saving():
            state = self.history.manuscript.same_change(parent, how, at, removed, added)
            if state is None:
                self._add("change", {**self._record(how, parent, at, removed, added), **more})
            else:
                self._add("move", {"how": how, "to": state, **more})

    def _record(self, how: str, parent: int, at: int, removed: int, added: Sequence[Line]) -> Entry:
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
        """Save what is changed within, before Ctrl-C is felt."""
        with uninterrupted():
            yield
            self._written = False
            self.save()

    def _add(self, name: str, fields: Entry) -> None:
        if self._journal.empty:
            self._journal.append("begin", self._beginning)
        self.history.replay(self._journal.append(name, fields))

    def _flush(self) -> None:
        try:
            self._journal.flush()
        except JournalError as error:
            raise StoryError(error.key, path=str(self.path)) from None
        except OSError as error:
            path = str(self._journal.path)
            raise StoryError("story_unwritable", path=path, why=reason(error)) from None

    def _tell_of_damage(self) -> None:
        contents, path = self._journal.contents, str(self._journal.path)
        if self._journal.tail_path:
            aside = str(self._journal.tail_path)
            self.remarks.append(Remark("journal_torn", {"path": path, "aside": aside}))
        if contents.damaged:
            self._add("damaged", {"lines": contents.damaged})
            numbers = ", ".join(map(str, contents.damaged))
            self.remarks.append(Remark("journal_damaged", {"path": path, "lines": numbers}))

    def _compare(self, lines: Sequence[str] | None) -> None:
        """Bring journal and text together when both are there."""
        if lines is None:
            self._written = False
            self.remarks.append(Remark("text_restored", {"path": str(self.path)}))
        elif self._behind(lines):
            self._written = False
        elif self._take_lines(lines):
            self.remarks.append(Remark("text_changed", {"path": str(self.path)}))

    def _behind(self, lines: Sequence[str]) -> bool:
        """Return whether the session ended between the journal's last change and the text's."""
        moved, modified = self.history.moved, self._text.modified()
        if moved is None or modified is None:
            return False
        before = self.history.manuscript.lines_at(self.history.came_from)
        changed = datetime.fromisoformat(moved["time"].replace("Z", "+00:00")).timestamp()
        return modified < changed and [line.text for line in before] == list(lines)

    def _take_lines(self, lines: Sequence[str]) -> bool:
        before = self.history.manuscript.lines
        if [line.text for line in before] == list(lines):
            return False
        at, removed, added = difference(before, attribute(before, lines, self.history.shown()))
        self._add("change", self._record("outside", self.place, at, removed, added))
        return True
