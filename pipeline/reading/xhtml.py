"""Turns the XHTML documents of an EPUB into paragraphs of text, with lxml.

lxml (BSD licence) reads damaged markup too. Network access, external entities and unlimited
expansion of entities are turned off, because books are untrusted input.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from pipeline.reading.encodings import decode
from pipeline.reading.lines import SourceLine
from pipeline.rejections import RejectedFile

_TYPE = "{http://www.idpf.org/2007/ops}type"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?[^>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}

_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "ul",
}  # fmt: skip
_SILENT = {
    "audio", "head", "iframe", "math", "object", "rp", "rt", "rtc", "script", "style", "svg",
    "template", "video",
}  # fmt: skip
_REFUSED = {"table": "table", "figcaption": "caption", "nav": "navigation"} | dict.fromkeys(
    ("h1", "h2", "h3", "h4", "h5", "h6", "hgroup"), "heading"
)
_PAGES = {"cover", "titlepage", "copyright", "colophon", "toc"}  # class names of a body
_NOTES = {"footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes"}
_NOTE_REFERENCES = {"noteref", "footnote-ref", "footnote-reference", "fnref", "pagebreak"}
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡]{1,3}|주\s?\d{1,3})[\])]?")


def parse(data: bytes, path: str) -> Any:
    """Return the root element of an XML or XHTML document.

    Args:
        data: its bytes.
        path: its path in the EPUB, for messages.

    Raises:
        RejectedFile: if it is not text, or cannot be parsed even leniently.
    """
    try:
        text = _decode(data).lstrip("\ufeff")
    except RejectedFile as error:
        raise RejectedFile("damaged EPUB", f"{path}: {error}") from None
    for markup in (_DECLARATION, _DOCTYPE):  # line numbers stay the same
        text = markup.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    text = _ENTITY.sub(_character, text)
    for parser in (
        etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
        etree.HTMLParser(no_network=True, encoding="utf-8"),
    ):
        try:
            root = etree.fromstring(text.encode(), parser)
        except etree.XMLSyntaxError:
            continue
        if root is not None:
            return root
    raise RejectedFile("damaged EPUB", f"{path} is not XML")


def named(root: Any, name: str) -> Iterator[Any]:
    """Return the elements with a name, in any namespace and case."""
    return (node for node in root.iter() if _name(node) == name.lower())


def kinds(node: Any) -> list[str]:
    """Return an element's types: its EPUB structural semantics and ARIA roles."""
    types = f"{node.get(_TYPE, '')} {node.get('epub:type', '')}"
    roles = node.get("role", "").replace("doc-", "")
    return f"{types} {roles}".lower().split()


def document_kinds(root: Any) -> list[str]:
    """Return a document's types: those of its body, and of elements that enclose all of it."""
    found: list[str] = []
    node = next(named(root, "body"), root)
    while node is not None:
        found += kinds(node)
        if _name(node) == "body":
            found += (_PAGES | _NOTES) & {*node.get("class", "").lower().split()}
        children = [child for child in node if isinstance(child.tag, str)]
        alone = len(children) == 1 and not (node.text or "").strip()
        node = children[0] if alone and _name(children[0]) in ("section", "div") else None
    return found


def paragraphs(root: Any) -> Iterator[SourceLine]:
    """Yield the text of the document's blocks, in order; reject tables, headings and notes."""
    yield from _Reader().read(next(named(root, "body"), root))


class _Reader:
    """Collects the text of inline elements until a block begins or ends."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._line = 1

    def read(self, node: Any) -> Iterator[SourceLine]:
        if reason := _reason(node):
            yield from self._flush()
            if text := " ".join("".join(_all_text(node)).split()):
                yield SourceLine(text, node.sourceline or 1, rejected=reason)
            return
        name = _name(node)
        if not name or name in _SILENT or _is_note_reference(node):
            return
        block = name in _BLOCKS
        if block:
            yield from self._flush()
            self._line = node.sourceline or 1
        lines = name == "pre"
        yield from self._add(node.text, lines)
        for child in node:
            yield from self.read(child)
            yield from self._add(child.tail, lines)
        if block or name == "br":
            yield from self._flush()

    def _add(self, text: str | None, lines: bool) -> Iterator[SourceLine]:
        """Add text; with `lines`, as inside ``pre``, each line end ends a paragraph."""
        for index, line in enumerate((text or "").split("\n")) if lines else [(0, text or "")]:
            if index:
                yield from self._flush()
            self._text.append(line)

    def _flush(self) -> Iterator[SourceLine]:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            yield SourceLine(text, self._line)


def _reason(node: Any) -> str:
    name = _name(node)
    if name in _REFUSED:
        return _REFUSED[name]
    words = {*kinds(node), *node.get("class", "").lower().split()} if name in _BLOCKS else set()
    return "note" if words & _NOTES and name != "body" else ""


def _is_note_reference(node: Any) -> bool:
    """Whether an element is a reference to a note: marked as one, or a superscript link."""
    if {*kinds(node), *node.get("class", "").lower().split()} & _NOTE_REFERENCES:
        return True
    if _name(node) not in ("sup", "a") or not _MARK.fullmatch("".join(_all_text(node)).strip()):
        return False
    around = [node, *node.iterancestors(), *node]
    return any(_name(one) == "sup" for one in around) and any(
        _name(one) == "a" and "#" in one.get("href", "") for one in around
    )


def _all_text(node: Any) -> Iterator[str]:
    if _name(node) and _name(node) not in _SILENT:
        yield node.text or ""
        for child in node:
            yield from _all_text(child)
            yield (" " if _name(child) in _BLOCKS | {"td", "th", "tr"} else "") + (child.tail or "")


def _name(node: Any) -> str:
    """Return the local name of an element; "" for comments and processing instructions."""
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""


def _decode(data: bytes) -> str:
    """Decode a document by the encoding it declares, or else by its bytes."""
    declared = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)", data)
    if declared:
        try:
            return data.decode(declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _character(entity: re.Match[str]) -> str:
    if entity[1] in _XML_ENTITIES:
        return entity[0]
    return html.unescape(entity[0])
