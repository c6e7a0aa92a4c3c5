"""A co-writing session: actions in, events out.

It is independent of any front end: ``Session.handle`` takes an action and yields the resulting
events. Everything is on disk before it is yielded and before the model is asked, so nothing is lost
when a request fails or is cancelled, or when the session is killed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from client.errors import PredictionError, StoryError, UserFacingError
from client.ranking import BOLDEST, SAFEST, Ranked, bigrams
from client.sentences import clean, split_sentences
from client.session import actions, branching
from client.session.actions import Action, Ask, How
from client.session.events import (
    Asking,
    Changed,
    Dialled,
    Event,
    Exported,
    Notes,
    Notice,
    OpeningNeeded,
    Problem,
    Proposed,
    Retrying,
    Saved,
    WholeStory,
)
from client.session.proposer import MAX_PINNED_SENTENCES, Proposer, Turn
from client.story.history import Proposal
from client.story.manuscript import Author, Line, difference
from client.story.story import Story

OPENING_SENTENCES = 5  # that the model wants before it continues: its context window


class Session:
    """A story, a model, and the candidates to choose from.

    Attributes:
        story: the story.
    """

    def __init__(self, story: Story, proposer: Proposer, language: str = "ko") -> None:
        self.story = story
        self._proposer = proposer
        self._language = language  # of the provenance in exports
        self._started = bool(story.history.shown())
        self._current: tuple[int, Proposal | None] = (-1, None)  # state, and what was shown in it

    @property
    def ranked(self) -> Sequence[Ranked]:
        """The candidates that the writer can take now, best first."""
        proposal = self._proposal()
        return proposal.ranked if proposal else ()

    @property
    def dial(self) -> int:
        """The position of the dial 무난 ↔ 새로움, ``SAFEST`` to ``BOLDEST``."""
        return self.story.history.dial

    @property
    def proposal(self) -> Proposal | None:
        """The candidates that the writer can choose from now; None if there are none."""
        return self._proposal()

    def recall(self) -> None:
        """Offer again what was last shown in this state, without asking the model."""
        shown = next((p for p in reversed(self.story.proposals) if p.ranked), None)
        if shown and not self._proposal():
            self._current = (self.story.state, shown)

    def cancel(self) -> None:
        """Cancel requests to the model, now and until ``uncancel``; for use from another thread."""
        self._proposer.model.cancel()

    def uncancel(self) -> None:
        """Allow requests to the model again."""
        self._proposer.model.uncancel()

    def begin(self) -> Iterator[Event]:
        """Yield what the writer should know before the first action."""
        for remark in self.story.remarks:
            yield Notice(remark.key, remark.fields)

    def handle(self, action: Action) -> Iterator[Event]:
        """Do an action and yield the resulting events, in order."""
        current = self._proposal()
        try:
            external = self._merge_external_edits()
            yield from external
            if external and isinstance(
                action, actions.Edit | actions.Delete | actions.Insert | actions.Back
            ):
                yield Problem("look_again", {})  # the numbers may mean other sentences now
                return
            yield from self._do(action, current)
        except UserFacingError as error:
            yield Problem(error.key, dict(error.fields))

    def _do(self, action: Action, current: Proposal | None) -> Iterator[Event]:  # noqa: PLR0912
        match action:
            case actions.Take(number, text):
                yield from self._take(current, number, text)
            case actions.Write(text):
                yield from self._write(text)
            case Ask(how, prefix, anyway):
                yield from self._ask(how, _cleaned_prefix(prefix), anyway)
            case actions.Edit(number, text):
                yield from self._edit(number, text)
            case actions.Delete(number, last):
                last = number if last is None else last
                self._check_sentences(number, last)
                yield from self._change("delete", lambda: self.story.delete(number, last))
            case actions.Insert(after, text):
                yield from self._insert(after, text)
            case actions.Back(number):
                yield from self._back(number)
            case actions.Undo():
                yield from self._move("undo", self.story.history.manuscript.undo_target())
            case actions.Redo():
                yield from self._move("redo", self.story.history.manuscript.redo_target())
            case actions.ListBranches():
                yield branching.summarise(self.story)
            case actions.Switch(branch):
                yield from self._move("switch", branching.find(self.story, branch).tip)
            case actions.Compare(branch, other):
                yield branching.compare(self.story, branch, other)
            case actions.AddNote() | actions.DropNote() | actions.Pin():
                yield from self._annotate(action)
            case actions.Dial(value):
                yield from self._set_dial(value, current)
            case actions.ShowDial():
                yield Dialled(self.dial)
            case actions.ListNotes():
                yield self._notes()
            case actions.ShowStory():
                yield WholeStory(self.story.lines)
            case actions.Export(kind, provenance):
                from client.export import export_beside

                path = export_beside(self.story, kind, provenance, self._language)
                yield Exported(str(path))
            case actions.Save():
                self.story.save()
                yield Saved(str(self.story.path), len(self.story.sentences))

    # Changes of the story

    def _take(self, current: Proposal | None, number: int, text: str | None) -> Iterator[Event]:
        count = len(current.ranked) if current else 0
        if current is None or not 1 <= number <= count:
            key = "no_such_candidate" if count else "no_candidates_yet"
            yield Problem(key, {"number": number, "count": count})
            return
        original = current.ranked[number - 1].candidate.text
        sentences = [original] if text is None else split_sentences(text)
        author = _author(original, sentences, current.prefix)
        chosen = {"number": number, "text": original}
        yield from self._append("take", sentences, author, chosen)

    def _write(self, text: str) -> Iterator[Event]:
        yield from self._append("write", split_sentences(text), Author.WRITER, None)

    def _append(
        self, how: str, sentences: Sequence[str], author: Author, chosen: dict[str, object] | None
    ) -> Iterator[Event]:
        lines = [Line(sentence, author) for sentence in sentences]
        if lines:
            yield from self._change(how, lambda: self.story.append(how, lines, chosen))

    def _edit(self, number: int, text: str) -> Iterator[Event]:
        self._check_sentences(number, number)
        old = self.story.lines[number - 1]
        author = Author.WRITER if old.author is Author.WRITER else Author.EDITED
        lines = [Line(sentence, author) for sentence in split_sentences(text)]
        if lines and lines != [old] and [line.text for line in lines] != [old.text]:
            yield from self._change("edit", lambda: self.story.replace(number, lines))
        else:
            yield Notice("nothing_changed", {})

    def _insert(self, after: int, text: str) -> Iterator[Event]:
        if after:
            self._check_sentences(after, after)
        lines = [Line(sentence) for sentence in split_sentences(text)]
        if lines:
            yield from self._change("insert", lambda: self.story.insert(after, lines))
        else:
            yield Notice("nothing_changed", {})

    def _back(self, number: int) -> Iterator[Event]:
        count = len(self.story.sentences)
        if number:
            self._check_sentences(number, number)
        if number == count:
            yield Notice("nothing_changed", {})
            return
        yield from self._change("back", lambda: self.story.go_back(number))

    def _move(self, how: str, state: int | None) -> Iterator[Event]:
        if state is None:
            yield Problem(f"nothing_to_{how}", {})
        elif state == self.story.state:
            yield Notice("already_there", {})
        else:
            yield from self._change(how, lambda: self.story.move(how, state))

    def _change(self, how: str, change: Callable[[], object]) -> Iterator[Event]:
        """Change the story, then report it; what cannot be saved stays in memory."""
        before = self.story.lines
        problem: StoryError | None = None
        try:
            change()
        except StoryError as error:
            problem = error
        yield _changed(how, before, self.story.lines)
        if problem:
            raise problem

    def _merge_external_edits(self) -> list[Event]:
        """Record what another program changed in the text, before anything else is done."""
        before = self.story.lines
        # A text that cannot be read is not overwritten either: writing reports it.
        with suppress(StoryError):
            if self.story.merge_external_edits() and self.story.lines != before:
                return [_changed("outside", before, self.story.lines)]
        return []

    def _check_sentences(self, first: int, last: int) -> None:
        count = len(self.story.sentences)
        for number in (first, last):
            if not 1 <= number <= count:
                raise StoryError("no_such_sentence", number=number, count=count)
        if last < first:
            raise StoryError("reversed_range", first=first, last=last)

    def _annotate(
        self, action: actions.AddNote | actions.DropNote | actions.Pin
    ) -> Iterator[Event]:
        match action:
            case actions.AddNote(text):
                if not (text := clean(text)):
                    return
                self.story.log("note", text=text, sentence=len(self.story.sentences))
            case actions.DropNote(number):
                count = len(self.story.history.notes)
                if not 1 <= number <= count:
                    raise StoryError("no_such_note", number=number, count=count)
                self.story.log("unnote", number=number)
            case actions.Pin(text):
                sentences = split_sentences(text)
                if len(sentences) > MAX_PINNED_SENTENCES:
                    raise StoryError("pin_too_long", count=MAX_PINNED_SENTENCES)
                self.story.log("pin", text=" ".join(sentences))
        yield self._notes()

    def _notes(self) -> Notes:
        return Notes(tuple(self.story.history.notes), self.story.history.pinned)

    # Candidates

    def _ask(self, how: How, prefix: str, anyway: bool) -> Iterator[Event]:
        written = len(self.story.sentences)
        self._started |= anyway or written >= OPENING_SENTENCES
        if not (written and self._started):
            yield OpeningNeeded(written)
            return
        if how != "first":
            current = self._proposal()
            prefix = current.prefix if current else ""
        elif shown := self._shown_before(prefix):
            self._current = (self.story.state, shown)
            yield Proposed(shown.ranked, prefix, shown_before=True, dial=self.dial)
            return
        turn = self._turn(how, prefix)
        seeds = self._proposer.seeds(turn)
        self.story.log("asked", at=turn.state, how=how, prefix=prefix, seeds=seeds)
        yield Asking()
        try:
            ranked = self._proposer.propose(turn)
        except PredictionError as error:
            if not self._proposer.model.is_retryable(error):
                raise
            yield Retrying(self._proposer.model.address)
            self._proposer.model.reconnect()
            ranked = self._proposer.propose(turn)
        self.story.log_proposal(how, prefix, ranked)
        if ranked:
            # Only now: until there are new candidates, the old ones can still be taken.
            self._current = (turn.state, self.story.proposals[-1])
            yield Proposed(ranked, prefix, shown_before=False, dial=self.dial)
        else:
            yield Problem("no_candidates", {})

    def _set_dial(self, value: int, current: Proposal | None) -> Iterator[Event]:
        """Set the dial; the latest candidates are ranked again at once."""
        if not SAFEST <= value <= BOLDEST:
            yield Problem("no_such_dial", {"value": value, "least": SAFEST, "most": BOLDEST})
            return
        if value == self.dial:
            yield Dialled(value)
            return
        self.story.log("dial", value=value)
        yield Dialled(value)
        if current is None:
            return
        proposals = self.story.proposals
        last = max(i for i, one in enumerate(proposals) if one.how != "dial")
        earlier = [one.candidate.text for proposal in proposals[:last] for one in proposal.ranked]
        turn = self._turn("again", current.prefix)._replace(shown=earlier)
        if ranked := self._proposer.rerank(turn):
            self.story.log_proposal("dial", current.prefix, ranked)
            self._current = (turn.state, self.story.proposals[-1])
            yield Proposed(ranked, current.prefix, shown_before=False, dial=self.dial)

    def _turn(self, how: How, prefix: str) -> Turn:
        proposals = self.story.proposals
        shown = [one.candidate.text for proposal in proposals for one in proposal.ranked]
        return Turn(
            self.story.state,
            self.story.sentences,
            self.story.history.pinned,
            how,
            prefix,
            shown,
            len(proposals),
            self.dial,
        )

    def _proposal(self) -> Proposal | None:
        """Return the candidates to choose from, None if the story has moved on."""
        state, proposal = self._current
        return proposal if state == self.story.state else None

    def _shown_before(self, prefix: str) -> Proposal | None:
        """Return the candidates with this prefix that were last shown in this state."""
        same = (p for p in reversed(self.story.proposals) if p.prefix == prefix and p.ranked)
        return next(same, None)


def _cleaned_prefix(prefix: str) -> str:
    """Return a clean prefix; a space at its end is kept, for it completes the last word."""
    plain = clean(prefix)
    return f"{plain} " if plain and prefix[-1].isspace() else plain


def _author(original: str, sentences: Sequence[str], prefix: str) -> Author:
    """Return the author of a candidate that the writer may have begun or changed."""
    if list(sentences) == [original]:
        return Author.EDITED if prefix else Author.MODEL
    final = bigrams(" ".join(sentences))
    return Author.EDITED if final & bigrams(original) else Author.WRITER


def _changed(how: str, before: Sequence[Line], after: Sequence[Line]) -> Changed:
    at, removed, added = difference(before, after)
    return Changed(how, at + 1, tuple(before[at : at + removed]), tuple(added), len(after))
