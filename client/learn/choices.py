"""What a writer chose, read from the journals of stories."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from client.errors import StoryError, reason
from client.ranking import FEATURES, bigrams, jaccard
from client.story import journal as journals
from client.story.history import History
from client.story.journal import Entry, JournalError

Features = Mapping[str, float]


class Choice(NamedTuple):
    """A candidate that was taken, of those shown.

    Attributes:
        shown: the features of all candidates shown, in rank order.
        taken: index of the taken one.
        kept: how much of it the writer kept, 0 to 1 (unchanged).
    """

    shown: Sequence[Features]
    taken: int
    kept: float


class ChoiceHistory(NamedTuple):
    """The choices in all journals.

    Attributes:
        choices: usable choices, in an order independent of that of the files.
        edited: how many of them were edited before they were taken.
        rejected: how often the writer asked for other candidates instead.
        unmeasured: how many choices lack features in the journal.
    """

    choices: list[Choice]
    edited: int = 0
    rejected: int = 0
    unmeasured: int = 0


def read_choices(paths: Iterable[str]) -> ChoiceHistory:
    """Read the journals of stories.

    Raises:
        StoryError: a story or journal does not exist or cannot be read.
    """
    files = dict.fromkeys(map(os.path.realpath, paths))
    found = [_JournalReader().read(_entries(path)) for path in files]
    return ChoiceHistory(
        sorted((choice for one in found for choice in one.choices), key=repr),
        sum(one.edited for one in found),
        sum(one.rejected for one in found),
        sum(one.unmeasured for one in found),
    )


def _entries(path: str) -> list[Entry]:
    journal_path = journals.path_for(Path(path))
    try:
        return journals.read(journal_path.read_bytes()).entries
    except FileNotFoundError:
        key = "journal_absent" if os.path.exists(path) else "story_absent"
        raise StoryError(key, path=path) from None
    except JournalError as error:
        raise StoryError(error.key, path=str(journal_path)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(journal_path), why=reason(error)) from None


class _JournalReader:
    """Collects the choices in one journal; the last one in each state counts."""

    def __init__(self) -> None:
        self._history = History()
        self._shown: dict[int, list[Entry]] = {}  # proposals by state
        self._added: dict[int, str] = {}  # text, by the state it led to
        self._chosen: dict[int, Choice | None] = {}  # by state; None if features are missing
        self._rejected = 0

    def read(self, entries: Iterable[Entry]) -> ChoiceHistory:
        for entry in entries:
            try:
                self._collect(entry)
                self._history.replay(entry)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise StoryError("journal_event", number=entry["n"], event=entry["event"]) from None
        choices = [choice for choice in self._chosen.values() if choice]
        edited = sum(choice.kept < 1 for choice in choices)
        return ChoiceHistory(choices, edited, self._rejected, len(self._chosen) - len(choices))

    def _collect(self, entry: Entry) -> None:
        match entry["event"]:
            case "proposed":
                self._shown.setdefault(entry["at"], []).append(entry)
            case "asked":
                self._rejected += entry["how"] != "first" and entry["at"] in self._shown
            case "change":
                self._added[entry["n"]] = " ".join(line["text"] for line in entry["added"])
                if "chosen" in entry:
                    self._choose(entry["parent"], entry["chosen"]["text"], entry["n"])
            case "move" if "chosen" in entry:
                state = self._history.manuscript.head
                self._choose(state, entry["chosen"]["text"], entry["to"])

    def _choose(self, state: int, text: str, result: int) -> None:
        """Record that the candidate ``text`` was taken in a state, with the state it led to."""
        for proposal in reversed(self._shown.get(state, [])):
            texts = [candidate["text"] for candidate in proposal["candidates"]]
            if text in texts:
                shown = [_features(candidate) for candidate in proposal["candidates"]]
                kept = jaccard(bigrams(text), bigrams(self._added.get(result, text)))
                known = all(shown) and len(shown) > 1
                self._chosen[state] = Choice(shown, texts.index(text), kept) if known else None
                return


def _features(candidate: Entry) -> Features:
    """Return the features of a candidate, empty if any is missing."""
    features = candidate.get("features", {})
    return (
        {name: float(features[name]) for name in FEATURES} if set(FEATURES) <= set(features) else {}
    )
