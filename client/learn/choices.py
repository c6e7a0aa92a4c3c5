"""What a writer chose, as the journals of the stories tell it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from client.errors import StoryError
from client.ranking import FEATURES, bigrams, jaccard
from client.story import journal as journals
from client.story.history import History
from client.story.journal import Entry, JournalError
from client.story.text_file import reason

Features = Mapping[str, float]


class Choice(NamedTuple):
    """One candidate of those that were shown, taken.

    Attributes:
        shown: the features of all of them, in the order in which they stood.
        taken: the place of the taken one, from 0.
        kept: how much of it stayed where the writer changed it first, 0 to 1 (all of it).
    """

    shown: Sequence[Features]
    taken: int
    kept: float


class Found(NamedTuple):
    """What stands in the journals.

    Attributes:
        choices: that can be learnt from, in an order that does not depend on that of the files.
        edited: how many of them were changed before they were taken.
        rejected: how often all candidates were rejected by asking for others.
        unmeasured: choices of which the journal does not tell the features.
    """

    choices: list[Choice]
    edited: int = 0
    rejected: int = 0
    unmeasured: int = 0


def read_choices(paths: Iterable[str]) -> Found:
    """Read the journals that stand beside stories.

    Raises:
        StoryError: there is no such story or journal, or it cannot be read.
    """
    found = [_Reading().of(_events(path)) for path in dict.fromkeys(map(os.path.realpath, paths))]
    return Found(
        sorted((choice for one in found for choice in one.choices), key=repr),
        sum(one.edited for one in found),
        sum(one.rejected for one in found),
        sum(one.unmeasured for one in found),
    )


def _events(path: str) -> list[Entry]:
    beside = journals.path_for(Path(path))
    try:
        return journals.read(beside.read_bytes()).entries
    except FileNotFoundError:
        key = "journal_absent" if os.path.exists(path) else "story_absent"
        raise StoryError(key, path=path) from None
    except JournalError as error:
        raise StoryError(error.key, path=str(beside)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(beside), why=reason(error)) from None


class _Reading:
    """Goes through one journal; what counts at a place is the last choice there."""

    def __init__(self) -> None:
        self._history = History()
        self._shown: dict[int, list[Entry]] = {}  # proposals by place
        self._made: dict[int, str] = {}  # what was added, by state
        self._chosen: dict[int, Choice | None] = {}  # by place; None if it cannot be learnt from
        self._rejected = 0

    def of(self, events: Iterable[Entry]) -> Found:
        for event in events:
            try:
                self._take_in(event)
                self._history.replay(event)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise StoryError("journal_event", number=event["n"], event=event["event"]) from None
        choices = [choice for choice in self._chosen.values() if choice]
        edited = sum(choice.kept < 1 for choice in choices)
        return Found(choices, edited, self._rejected, len(self._chosen) - len(choices))

    def _take_in(self, event: Entry) -> None:
        match event["event"]:
            case "proposed":
                self._shown.setdefault(event["at"], []).append(event)
            case "asked":
                self._rejected += event["how"] != "first" and event["at"] in self._shown
            case "change":
                self._made[event["n"]] = " ".join(line["text"] for line in event["added"])
                if "chosen" in event:
                    self._choose(event["parent"], event["chosen"]["text"], event["n"])
            case "move" if "chosen" in event:
                place = self._history.manuscript.head
                self._choose(place, event["chosen"]["text"], event["to"])

    def _choose(self, place: int, text: str, state: int) -> None:
        for proposal in reversed(self._shown.get(place, [])):
            texts = [candidate["text"] for candidate in proposal["candidates"]]
            if text in texts:
                shown = [_features(candidate) for candidate in proposal["candidates"]]
                kept = jaccard(bigrams(text), bigrams(self._made.get(state, text)))
                known = all(shown) and len(shown) > 1
                self._chosen[place] = Choice(shown, texts.index(text), kept) if known else None
                return


def _features(candidate: Entry) -> Features:
    """Return the features of a candidate, none if they are not all there."""
    features = candidate.get("features", {})
    return (
        {name: float(features[name]) for name in FEATURES} if set(FEATURES) <= set(features) else {}
    )
