"""Reads a story that may be open elsewhere: nothing is locked or written."""

import os
from pathlib import Path

from client.errors import StoryError
from client.story import journal as journals
from client.story.attribution import attribute
from client.story.history import History, beginning, rebuild
from client.story.journal import JournalError
from client.story.text_file import read_lines, reason


def read_history(path: str) -> History:
    """Return everything about a story.

    Raises:
        StoryError: there is none, or it cannot be read.
    """
    text = Path(os.path.realpath(path))
    if not os.path.exists(text):
        raise StoryError("story_absent", path=path)
    lines = read_lines(text)
    beside = journals.path_for(text)
    try:
        events = journals.read(beside.read_bytes()).entries if beside.exists() else []
    except JournalError as error:
        raise StoryError(error.key, path=str(beside)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(beside), why=reason(error)) from None
    history = rebuild(events or [{"event": "begin", **beginning(lines)}])
    manuscript = history.manuscript
    manuscript.lines = attribute(manuscript.lines, lines, history.shown())
    return history
