"""A story as a document: paragraphs, and who wrote what."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from client.sentences import clean
from client.story.history import History
from client.story.manuscript import Line
from client.story.provenance import MARKS, shares

_NOT_XML = re.compile("[\ufffe\uffff]")  # besides what ``clean`` removes
_OPENING_QUOTES = "“\"‘'「『"


@dataclass(frozen=True)
class Document:
    """The content of an exported file.

    Attributes:
        title: of the story.
        author: the writer's name; may be empty.
        paragraphs: the sentences of each paragraph.
        modified: time of the story's last change, UTC, ``2026-01-31T12:00:00Z``.
        provenance: whether to append who wrote what.
    """

    title: str
    author: str
    paragraphs: Sequence[Sequence[Line]]
    modified: str
    provenance: bool

    @property
    def identifier(self) -> str:
        """A URN, the same for the same title and text."""
        text = "\n".join(line.text for paragraph in self.paragraphs for line in paragraph)
        return uuid.uuid5(uuid.NAMESPACE_URL, f"soseol:{self.title}\n{text}").urn

    @property
    def lines(self) -> list[Line]:
        """All sentences."""
        return [line for paragraph in self.paragraphs for line in paragraph]


def paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Group sentences: blank lines separate paragraphs, and speech is one of its own."""
    found: list[list[Line]] = []
    joined = False  # whether the next sentence may continue the last paragraph
    for line in lines:
        if not line.text:
            joined = False
            continue
        speech = line.text[0] in _OPENING_QUOTES
        if joined and not speech:
            found[-1].append(line)
        else:
            found.append([line])
        joined = not speech
    return found


def table(document: Document, text: Mapping[str, str]) -> list[list[str]]:
    """Return a table of who wrote how much, the heading first; ``text``: messages."""
    head = [text[f"provenance_{name}"] for name in ("who", "sentences", "characters")]
    return [head] + [
        [
            f"{MARKS[share.author]} {text[f'by_{share.author.value}']}",
            f"{share.sentences} ({share.sentences_share:.0%})",
            f"{share.characters} ({share.characters_share:.0%})",
        ]
        for share in shares(document.lines)
    ]


def document(history: History, title: str, author: str, provenance: bool) -> Document:
    """Return a story as a document."""
    moved = history.last_move["time"] if history.last_move else "1980-01-01T00:00:00Z"
    modified = f"{moved[:19]}Z"  # EPUB requires whole seconds
    lines = [line._replace(text=_printable(line.text)) for line in history.manuscript.lines]
    found = paragraphs(lines)
    return Document(_printable(title), _printable(author), found, modified, provenance)


def _printable(text: str) -> str:
    """Return text without characters that XML 1.0 forbids."""
    return _NOT_XML.sub("", clean(text))
