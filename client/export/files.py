"""Which file a story is exported to, and in which way."""

import itertools
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from client.errors import StoryError
from client.export.document import Document, document
from client.export.epub import epub
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
    """Write a story that is open beside its text; no file is replaced. Return where it is.

    Raises:
        StoryError: there is nothing to write, or it cannot be written.
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
    """Write a story to a file, which is replaced as a whole; return the file.

    Args:
        path: of the file.
        history: of the story.
        kind: ``txt``, ``md``, ``epub`` or ``docx``.
        provenance: whether to say who wrote what, at the end.
        language: of that appendix.
        title: of the story; the file's name without its ending if None.
        author: the writer's name.

    Raises:
        StoryError: there is nothing to write, or it cannot be written.
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
    """Return a story as a file of the kind ``txt``, ``md``, ``epub`` or ``docx``.

    Raises:
        StoryError: there is nothing to write, or a package is missing.
    """
    book = document(history, title, author, provenance)
    if not book.lines:
        raise StoryError("nothing_to_export")
    return FORMATS[kind](book, LANGUAGES[language])


def free_name(story: Path, kind: str) -> Path:
    """Return ``이야기.epub`` for ``이야기.txt``, or the next number that is free."""
    stem = story.stem
    numbered = (f"{stem}-{i}.{kind}" for i in itertools.count(2))
    names = map(story.with_name, itertools.chain([f"{stem}.{kind}"], numbered))
    return next(n for n in names if not n.exists() and not path_for(n).exists() and n != story)
