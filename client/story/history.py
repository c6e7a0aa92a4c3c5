"""A story's history, replayed from its journal: text, proposals, notes, pin and dial.

A running session and a reader of old journals both go through ``History.replay``.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from client.candidate import Candidate
from client.errors import StoryError
from client.ranking import BOLDEST, SAFEST, Ranked, Reason
from client.story.journal import FORMAT, VERSION, Entry
from client.story.manuscript import ROOT, Author, Change, Line, Manuscript


class Proposal(NamedTuple):
    """Candidates that were shown in one state."""

    how: str  # ``first``, ``again``, ``differently`` or ``dial``
    prefix: str  # that all of them begin with; may be empty
    ranked: tuple[Ranked, ...]  # without embeddings


class Note(NamedTuple):
    """A writer's note, which the model does not see."""

    text: str
    sentence: int  # sentences in the story when it was written


class History:
    """What a journal records about a story.

    Attributes:
        manuscript: the text, in all its states.
        notes: the writer's notes.
        pinned: what the model reads before the story; may be empty.
        dial: position of the dial 무난 ↔ 새로움.
        last_move: the entry that led to the current state.
        state_before: the state before that entry.
    """

    def __init__(self) -> None:
        self.manuscript = Manuscript()
        self._proposed: dict[int, list[Entry]] = {}  # by state, oldest first
        self.notes: list[Note] = []
        self.pinned = ""
        self.dial = 0
        self.last_move: Entry | None = None
        self.state_before = ROOT

    def replay(self, entry: Entry) -> None:
        """Apply one entry; unknown events and moves to unknown states are ignored."""
        match entry["event"]:
            case "begin":
                self.manuscript = Manuscript(map(_line, entry["lines"]))
            case "change":
                self._record_move(entry)
                self.manuscript.apply(self._change(entry))
            case "move":
                if entry["to"] in self.manuscript:
                    self._record_move(entry)
                    self.manuscript.move(entry["to"], entry["how"])
            case "proposed":
                self._proposed.setdefault(entry["at"], []).append(entry)
            case "note":
                self.notes.append(Note(entry["text"], entry["sentence"]))
            case "unnote":
                del self.notes[entry["number"] - 1 : entry["number"]]
            case "pin":
                self.pinned = entry["text"]
            case "dial":
                self.dial = max(SAFEST, min(entry["value"], BOLDEST))

    def proposals(self, state: int) -> list[Proposal]:
        """Return the candidates that were shown in a state, oldest first."""
        return [
            Proposal(entry["how"], entry["prefix"], tuple(map(_ranked, entry["candidates"])))
            for entry in self._proposed.get(state, ())
        ]

    def shown(self) -> set[str]:
        """Return the texts of all candidates ever shown."""
        proposed = chain.from_iterable(self._proposed.values())
        return {record["text"] for entry in proposed for record in entry["candidates"]}

    def _record_move(self, entry: Entry) -> None:
        self.last_move, self.state_before = entry, self.manuscript.head

    def _change(self, entry: Entry) -> Change:
        parent = entry["parent"]
        return Change(
            entry["n"],
            parent if parent in self.manuscript else self.manuscript.head,
            entry["how"],
            entry["at"],
            tuple(map(_line, entry["removed"])),
            tuple(map(_line, entry["added"])),
        )


def rebuild(entries: Sequence[Entry]) -> History:
    """Return the history that a journal's entries record.

    Raises:
        StoryError: an entry lacks something that its event needs.
    """
    history = History()
    for entry in entries:
        try:
            history.replay(entry)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoryError("journal_event", number=entry["n"], event=entry["event"]) from None
    return history


def begin_fields(lines: Sequence[str]) -> Entry:
    """Return the fields of a journal's first entry; ``lines``: the text so far."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "lines": [line_record(Line(line)) for line in lines],
    }


def line_record(line: Line) -> Entry:
    """Return a line as a journal stores it."""
    return {"text": line.text, "author": line.author.value}


def _line(record: Entry) -> Line:
    return Line(record["text"], Author(record["author"]))


def ranked_record(ranked: Ranked, features: bool = True) -> Entry:
    """Return a candidate as a journal stores it: all but its embedding."""
    candidate = ranked.candidate
    record = {
        "text": candidate.text,
        "log_prob": candidate.log_prob,
        "token_count": candidate.token_count,
        "relevance": ranked.relevance,
        "reasons": {reason.value: ranked.reasons[reason] for reason in Reason},
    }
    return {**record, "features": dict(ranked.features)} if features else record


def _ranked(record: dict[str, Any]) -> Ranked:
    candidate = Candidate(record["text"], record["log_prob"], record["token_count"], ())
    reasons = record["reasons"]
    if not isinstance(reasons, dict):  # early versions: a list of the strongest
        reasons = dict.fromkeys(reasons, 1.0)
    shares = {reason: reasons.get(reason.value, 0.0) for reason in Reason}
    return Ranked(candidate, record["relevance"], shares, record.get("features", {}))
