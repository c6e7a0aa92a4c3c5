"""Markdown to paragraphs of plain text, with markdown-it-py.

CommonMark has a few rules that would swallow prose: indented paragraphs become code, a paragraph
above ``---`` a heading, and ``[민지]: 안녕`` a link's definition. They are turned off.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from pipeline.reading.lines import Line

# Kinds of blocks that are no prose: what their tokens are called, and the reason.
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
# CommonMark wants a space or punctuation beside **, which Korean particles are not: **“봄”**은
_EMPHASIS = re.compile(r"(\*{2,3}|~~)(?=\S)(.+?)(?<=\S)\1")
_SENTENCE_END = re.compile(r"[.!?…][*_~]*[\"'”’」』)]*\s*$")
_READING = re.compile(r"</?(rt|rp)\b", re.IGNORECASE)


def parse(text: str) -> Iterator[Line]:
    """Returns the paragraphs of a Markdown text; tables, code, headings and such are rejected."""
    tokens = _parser().parse(text)
    source = text.splitlines()
    prefix = ""  # "1945." at the beginning of a paragraph makes a list; the number is kept
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if reason := _BLOCKS.get(token.type):
            end = _end(tokens, index)
            yield from _refuse(reason, tokens[index:end], source)
            index = end
            continue
        if reason := _SINGLE.get(token.type):
            yield from _refuse(reason, [token], source)
        elif token.type == "list_item_open" and token.info:
            prefix += f"{token.info}{token.markup} "
        elif token.type == "inline":
            number = (token.map or [0])[0] + 1
            for offset, line in _plain(token.children or []):
                if line.strip():
                    yield Line(prefix + line, number + offset)
                    prefix = ""
        index += 1


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.disable(["code", "lheading", "reference"])
    return parser.use(front_matter_plugin).use(footnote_plugin)


def _end(tokens: Sequence[Token], start: int) -> int:
    """Index behind the token that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index + 1
    return len(tokens)


def _refuse(reason: str, tokens: Sequence[Token], source: Sequence[str]) -> Iterator[Line]:
    """One refusal for a block, with its source; a footnote's place is that of what it says."""
    begin, end = next((token.map for token in tokens if token.map), (0, 0))
    yield Line(" ".join(source[begin:end]), begin + 1, rejected=reason)


def _plain(tokens: Iterable[Token]) -> Iterator[tuple[int, str]]:
    """Cuts a paragraph at the line breaks that are meant as such: ``(lines before it, text)``.

    Markdown joins lines, but one that ends with a sentence ends there: many write a line for a
    paragraph, and for those who wrap lines it makes no difference.
    """
    text = ""
    first = line = 0
    reading = False  # inside the reading of a ruby
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
