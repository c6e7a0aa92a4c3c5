"""What a journal's events make: the manuscript, the candidates that were shown, notes and the pin.

A session and a reader of old journals come here by the same way: ``History.replay``.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from client.candidates import Candidate
from client.errors import StoryError
from client.ranking import BOLDEST, SAFEST, Ranked, Reason
from client.story.journal import FORMAT, VERSION, Entry
from client.story.manuscript import ROOT, Author, Change, Line, Manuscript


class Proposal(NamedTuple):
    """Candidates that were shown at one place."""

    how: str  # they were asked for
    prefix: str  # that they begin with
    ranked: tuple[Ranked, ...]  # without vectors


class Note(NamedTuple):
    """A writer's note to self, which the model does not see."""

    text: str
    sentence: int  # how many sentences there were when it was written


class History:
    """Everything about a story, as its journal tells it.

    Attributes:
        manuscript: the text, with all its earlier states.
        notes: what the writer noted.
        pinned: what the model is always told first.
        dial: where the writer's dial 무난 ↔ 새로움 stands.
        moved: the event that led to the manuscript's present state.
        came_from: the state before that event.
    """

    def __init__(self) -> None:
        self.manuscript = Manuscript()
        self._proposed: dict[int, list[Entry]] = {}  # by state, oldest first; read when needed
        self.notes: list[Note] = []
        self.pinned = ""
        self.dial = 0
        self.moved: Entry | None = None
        self.came_from = ROOT

    def replay(self, event: Entry) -> None:
        """Take in one event; what cannot be made sense of is passed over."""
        match event["event"]:
            case "begin":
                self.manuscript = Manuscript(map(_line, event["lines"]))
            case "change":
                self._notice(event)
                self.manuscript.apply(self._change(event))
            case "move":
                if event["to"] in self.manuscript:
                    self._notice(event)
                    self.manuscript.move(event["to"], event["how"])
            case "proposed":
                self._proposed.setdefault(event["at"], []).append(event)
            case "note":
                self.notes.append(Note(event["text"], event["sentence"]))
            case "unnote":
                del self.notes[event["number"] - 1 : event["number"]]
            case "pin":
                self.pinned = event["text"]
            case "dial":
                self.dial = max(SAFEST, min(event["value"], BOLDEST))

    def proposals(self, state: int) -> list[Proposal]:
        """Return the candidates that were shown at a state, oldest first."""
        return [
            Proposal(event["how"], event["prefix"], tuple(map(_ranked, event["candidates"])))
            for event in self._proposed.get(state, ())
        ]

    def shown(self) -> set[str]:
        """Return the texts of all candidates that were ever shown."""
        everywhere = (event for events in self._proposed.values() for event in events)
        return {record["text"] for event in everywhere for record in event["candidates"]}

    def _notice(self, event: Entry) -> None:
        self.moved, self.came_from = event, self.manuscript.head

    def _change(self, event: Entry) -> Change:
        parent = event["parent"]
        return Change(
            event["n"],
            parent if parent in self.manuscript else self.manuscript.head,
            event["how"],
            event["at"],
            tuple(map(_line, event["removed"])),
            tuple(map(_line, event["added"])),
        )


def rebuild(events: Sequence[Entry]) -> History:
    """Make a story's history of its journal's events.

    Raises:
        StoryError: an event has a good checksum, but not what belongs to it.
    """
    history = History()
    for event in events:
        try:
            history.replay(event)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoryError("journal_event", number=event["n"], event=event["event"]) from None
    return history


def beginning(lines: Sequence[str]) -> Entry:
    """Return what the first event of a journal holds; ``lines``: the text so far."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "lines": [line_record(Line(line)) for line in lines],
    }


def line_record(line: Line) -> Entry:
    """Return a line as it stands in a journal."""
    return {"text": line.text, "author": line.author.value}


def _line(record: Entry) -> Line:
    return Line(record["text"], Author(record["author"]))


def ranked_record(ranked: Ranked, features: bool = True) -> Entry:
    """Return a candidate as it stands in a journal: all but its vector."""
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
    if not isinstance(reasons, dict):  # a list of the strongest ones, before they had numbers
        reasons = dict.fromkeys(reasons, 1.0)
    shares = {reason: reasons.get(reason.value, 0.0) for reason in Reason}
    return Ranked(candidate, record["relevance"], shares, record.get("features", {}))
