"""Renders a story in one of the export formats, and writes it to a file."""

import itertools
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from client.errors import StoryError
from client.export.document import Document, document
from client.export.epub3 import epub
from client.export.plain import markdown, plain
from client.export.word import docx
from client.messages import LANGUAGES
from client.story.history import History
from client.story.journal import path_for
from client.story.story import Story
from client.story.text_file import replace_file

FORMATS: dict[str, Callable[[Document, Mapping[str, str]], bytes]] = {
    "txt": plain,
    "md": markdown,
    "epub": epub,
    "docx": docx,
}


def export_beside(story: Story, kind: str, provenance: bool, language: str = "ko") -> Path:
    """Export an open story beside its text, without replacing a file; return the path.

    Raises:
        StoryError: the story is empty, or the file cannot be written.
    """
    return export_to(free_name(story.path, kind), story.history, kind, provenance, language)


def export_to(
    path: Path,
    history: History,
    kind: str,
    provenance: bool,
    language: str,
    title: str | None = None,
    author: str = "",
) -> Path:
    """Export a story to a file, which is replaced atomically; return its path.

    Args:
        path: of the file to write.
        history: of the story.
        kind: ``txt``, ``md``, ``epub`` or ``docx``.
        provenance: whether to append who wrote what.
        language: of that appendix.
        title: of the story; None for the file's name without its suffix.
        author: the writer's name.

    Raises:
        StoryError: the story is empty, or the file cannot be written.
    """
    title = path.stem if title is None else title
    data = render(history, kind, provenance, language, title, author)
    if os.path.isdir(path):
        raise StoryError("export_directory", path=str(path))
    replace_file(path, data)
    return path


def render(
    history: History, kind: str, provenance: bool, language: str, title: str, author: str = ""
) -> bytes:
    """Return a story in a format, ``txt``, ``md``, ``epub`` or ``docx``.

    Raises:
        StoryError: the story is empty, or a package is missing.
    """
    book = document(history, title, author, provenance)
    if not book.lines:
        raise StoryError("nothing_to_export")
    return FORMATS[kind](book, LANGUAGES[language])


def free_name(story: Path, kind: str) -> Path:
    """Return ``이야기.epub`` for ``이야기.txt``, with the next free number if that exists."""
    stem = story.stem
    numbered = (f"{stem}-{i}.{kind}" for i in itertools.count(2))
    names = map(story.with_name, itertools.chain([f"{stem}.{kind}"], numbered))
    return next(n for n in names if not n.exists() and not path_for(n).exists() and n != story)
