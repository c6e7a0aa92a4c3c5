"""Reads a story without locking or writing, so it may be open in a session."""

import os
from pathlib import Path

from client.errors import StoryError, reason
from client.story import journal as journals
from client.story.attribution import attribute
from client.story.history import History, begin_fields, rebuild
from client.story.journal import JournalError
from client.story.text_file import read_lines


def read_history(path: str) -> History:
    """Return the history of a story, with the text that is on disk now.

    Raises:
        StoryError: it does not exist, or cannot be read.
    """
    text = Path(os.path.realpath(path))
    if not os.path.exists(text):
        raise StoryError("story_absent", path=path)
    lines = read_lines(text)
    journal_path = journals.path_for(text)
    try:
        entries = journals.read(journal_path.read_bytes()).entries if journal_path.exists() else []
    except JournalError as error:
        raise StoryError(error.key, path=str(journal_path)) from None
    except OSError as error:
        raise StoryError("story_unreadable", path=str(journal_path), why=reason(error)) from None
    history = rebuild(entries or [{"event": "begin", **begin_fields(lines)}])
    manuscript = history.manuscript
    manuscript.lines = attribute(manuscript.lines, lines, history.shown())
    return history
