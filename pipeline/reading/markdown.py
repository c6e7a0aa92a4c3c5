"""Turns Markdown into paragraphs of plain text, with markdown-it-py.

Some rules of CommonMark would lose prose: indented paragraphs become code, a paragraph above
``---`` a heading, and ``[민지]: 안녕`` a link definition. They are turned off.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from pipeline.reading.lines import SourceLine

# Blocks that are not prose: types of their tokens, and the reason.
_BLOCKS = {
    "table_open": "table",
    "heading_open": "heading",
    "footnote_block_open": "footnote",
    "footnote_open": "footnote",
}
_SINGLE = {
    "fence": "code",
    "front_matter": "front matter",
    "html_block": "HTML",
    "hr": "scene break",
}
# CommonMark does not recognise emphasis before a Korean particle: **“봄”**은
_EMPHASIS = re.compile(r"(\*{2,3}|~~)(?=\S)(.+?)(?<=\S)\1")
_SENTENCE_END = re.compile(r"[.!?…][*_~]*[\"'”’」』)]*\s*$")
_READING = re.compile(r"</?(rt|rp)\b", re.IGNORECASE)


def parse(text: str) -> Iterator[SourceLine]:
    """Yield the paragraphs of a Markdown text; reject tables, code, headings and the like."""
    tokens = _parser().parse(text)
    source = text.splitlines()
    prefix = ""  # of a list item: Markdown takes "1945. 8. 15." for one, so numbers are kept
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if reason := _BLOCKS.get(token.type):
            end = _end(tokens, index)
            yield from _reject(reason, tokens[index:end], source)
            index = end
            continue
        if reason := _SINGLE.get(token.type):
            yield from _reject(reason, [token], source)
        elif token.type == "list_item_open" and token.info:
            prefix += f"{token.info}{token.markup} "
        elif token.type == "inline":
            number = (token.map or [0])[0] + 1
            for offset, line in _plain(token.children or []):
                if line.strip():
                    yield SourceLine(prefix + line, number + offset)
                    prefix = ""
        index += 1


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.disable(["code", "lheading", "reference"])
    return parser.use(front_matter_plugin).use(footnote_plugin)


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return the index after the token that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index + 1
    return len(tokens)


def _reject(reason: str, tokens: Sequence[Token], source: Sequence[str]) -> Iterator[SourceLine]:
    """Reject a block, with its source; a footnote's line number is that of its text."""
    begin, end = next((token.map for token in tokens if token.map), (0, 0))
    yield SourceLine(" ".join(source[begin:end]), begin + 1, rejected=reason)


def _plain(tokens: Iterable[Token]) -> Iterator[tuple[int, str]]:
    """Yield a paragraph as ``(line offset, text)``, cut at hard line breaks and sentence ends.

    Markdown joins lines. But many authors write one line per paragraph, so a line that ends with a
    sentence ends a paragraph here; for text with wrapped lines this makes no difference.
    """
    text = ""
    first = line = 0
    reading = False  # inside the reading of a ruby annotation
    for token in tokens:
        if token.type == "html_inline":
            if found := _READING.match(token.content):
                reading = not found[0].startswith("</")
        elif token.type in ("text", "code_inline", "image") and not reading:
            text += token.content
        line += token.type in ("softbreak", "hardbreak")
        if (
            token.type == "hardbreak"
            or (token.type == "softbreak" and _SENTENCE_END.search(text))
            or token.content.lower().startswith("<br")
        ):
            yield first, _EMPHASIS.sub(r"\2", text)
            text, first = "", line
        elif token.type == "softbreak":
            text += " "
    yield first, _EMPHASIS.sub(r"\2", text)
