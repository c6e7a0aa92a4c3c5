"""Plain text and Markdown (CommonMark)."""

import re
from collections.abc import Mapping

from client.export.document import Document, table
from client.story.provenance import MARKS

# What would start a heading, list, quotation, rule or code block, or mark up words.
_BLOCK = re.compile(r"^(\s*)([#>+\-=~]|\d+(?=[.)]))", re.ASCII)
_INLINE = re.compile(r"([\\`*_\[\]<>&|~])")


def plain(document: Document, text: Mapping[str, str]) -> bytes:
    """Return the story as plain text, one paragraph a line, separated by blank lines."""
    parts = [" ".join(line.text for line in one) for one in document.paragraphs]
    if document.provenance:
        rows = ["\t".join(row) for row in table(document, text)]
        marked = [f"{MARKS[line.author]} {line.text}" for line in document.lines]
        parts += [text["provenance"], "\n".join(rows), "\n".join(marked)]
    return ("\n\n".join(parts) + "\n").encode()


def markdown(document: Document, text: Mapping[str, str]) -> bytes:
    """Return the story as Markdown, with its title as heading."""
    parts = [f"# {_escaped(document.title)}"]
    if document.author:
        parts.append(_escaped(document.author))
    parts += [_escaped(" ".join(line.text for line in one)) for one in document.paragraphs]
    if document.provenance:
        parts += [f"## {text['provenance']}", _table(document, text)]
        marked = [f"- {MARKS[line.author]} {_escaped(line.text)}" for line in document.lines]
        parts.append("\n".join(marked))
    return ("\n\n".join(parts) + "\n").encode()


def _table(document: Document, text: Mapping[str, str]) -> str:
    head, *rows = table(document, text)
    cells = [head, ["---", "---:", "---:"], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _escaped(text: str) -> str:
    """Return text escaped for Markdown."""
    text = _INLINE.sub(r"\\\1", text)
    if found := _BLOCK.match(text):
        end = found.end()
        # "1." becomes "1\.", "#" becomes "\#".
        return f"{text[:end]}\\{text[end:]}" if found[2].isdigit() else f"\\{text}"
    return text
