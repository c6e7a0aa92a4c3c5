"""Reads EPUB 2 and 3: the documents of the story, in reading order.

The package's spine gives the order. Covers, title and copyright pages, tables of contents and
notes are rejected. They are recognised by the book's metadata (EPUB 3 structural semantics and
landmarks, the guide of EPUB 2) or, where a book has none, by their file names.

https://www.w3.org/TR/epub-33/ and https://www.w3.org/TR/epub-ssv-11/
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from pipeline.reading import xhtml
from pipeline.reading.lines import SourceLine
from pipeline.rejections import RejectedFile

# Obfuscated fonts are not a reason to reject a book.
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CONTENT = (
    "application/xhtml+xml",
    "text/html",
    "application/x-dtbook+xml",
    "text/x-oeb1-document",
)
_STORY = {"prologue", "epilogue", "chapter", "part", "volume", "bodymatter", "text", "start"}
# Types of documents in EPUB 3's structural semantics and EPUB 2's guide, with the reason.
_NOT_STORY = {
    "frontmatter": "front matter", "backmatter": "back matter", "cover": "cover",
    "frontcover": "cover", "backcover": "cover", "titlepage": "title page",
    "title-page": "title page", "halftitlepage": "title page", "halftitle": "title page",
    "seriespage": "title page", "copyright-page": "copyright page", "copyright": "copyright page",
    "imprint": "copyright page", "imprimatur": "copyright page", "colophon": "copyright page",
    "credits": "copyright page", "dedication": "dedication", "epigraph": "epigraph",
    "acknowledgments": "acknowledgments", "acknowledgements": "acknowledgments",
    "foreword": "foreword", "preface": "preface", "afterword": "afterword", "toc": "navigation",
    "landmarks": "navigation", "page-list": "navigation", "nav": "navigation",
    "contents": "navigation", "loi": "navigation", "lot": "navigation", "index": "index",
    "glossary": "glossary", "bibliography": "bibliography", "errata": "errata",
    "footnotes": "notes", "endnotes": "notes", "rearnotes": "notes", "notes": "notes",
}  # fmt: skip
_FILE_NAME = re.compile(
    r"(?:^|[^a-z가-힣])(?:(cover|title-?page|half-?title|copyright|colophon|imprint|dedication"
    r"|foreword|preface|toc|nav|contents|foot-?notes|end-?notes|notes)"
    r"|(표지|판권|목차|차례|각주|미주))(?:[^a-z가-힣]|$)"
)
_KOREAN_NAMES = {
    "표지": "cover", "판권": "copyright", "목차": "toc", "차례": "toc", "각주": "footnotes",
    "미주": "endnotes",
}  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """A document in the spine."""

    path: str
    properties: str
    linear: bool


def parse(data: bytes, largest: int) -> Iterator[SourceLine]:
    """Yield the paragraphs of a book; those that are not part of the story are rejected.

    Args:
        data: content of an EPUB file.
        largest: maximum size of all its documents together, in bytes when unpacked.

    Raises:
        RejectedFile: if it is damaged, protected, or not an EPUB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            yield from _parse(book, largest)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise RejectedFile("damaged EPUB, or not an EPUB", str(error)) from None
    except (NotImplementedError, RuntimeError) as error:  # compression methods; passwords
        raise RejectedFile("EPUB cannot be unpacked", str(error)) from None


def _parse(book: zipfile.ZipFile, largest: int) -> Iterator[SourceLine]:
    names = {name.lower(): name for name in book.namelist()}  # some books mix up the case
    container = _xml(book, names, "META-INF/container.xml")
    root = next((node.get("full-path") for node in xhtml.named(container, "rootfile")), None)
    if not root:
        raise RejectedFile("damaged EPUB", "META-INF/container.xml names no package document")
    package = _xml(book, names, root)
    parts = _spine(package, root)
    if not parts:
        raise RejectedFile("EPUB without a spine", "the package lists no documents to read")
    _check_protection(book, names, {part.path.lower() for part in parts})
    present = [names[part.path.lower()] for part in parts if part.path.lower() in names]
    if sum(book.getinfo(name).file_size for name in present) > largest:
        raise RejectedFile(
            "too large for one novel; split it", f"more than {largest >> 20} MiB unpacked"
        )
    kinds = _kinds(book, names, package, root)
    for part in parts:
        if part.path.lower() not in names:
            raise RejectedFile("damaged EPUB", f"{part.path} is missing")
        document = xhtml.parse(book.read(names[part.path.lower()]), part.path)
        lines = [replace(line, part=part.path) for line in xhtml.paragraphs(document)]
        if reason := _rejection_reason(part, kinds, document):
            yield SourceLine(" ".join(line.text for line in lines), 1, part.path, reason)
        else:
            yield from lines


def _xml(book: zipfile.ZipFile, names: Mapping[str, str], path: str) -> Any:
    if path.lower() not in names:
        raise RejectedFile("not an EPUB", f"{path} is missing")
    return xhtml.parse(book.read(names[path.lower()]), path)


def _resolve(base: str, href: str) -> str:
    path = unquote(href.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))


def _spine(package: Any, root: str) -> list[_Part]:
    """Return the documents in reading order."""
    items = {node.get("id"): node for node in xhtml.named(package, "item")}
    parts = []
    for reference in xhtml.named(package, "itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type", _CONTENT[0]) in _CONTENT:
            path = _resolve(root, item.get("href", ""))
            linear = reference.get("linear", "yes") != "no"
            parts.append(_Part(path, item.get("properties", ""), linear))
    return parts


def _check_protection(book: zipfile.ZipFile, names: Mapping[str, str], documents: set[str]) -> None:
    """Reject a book whose documents are encrypted (Open Container Format, section 4.2.6.3.2)."""
    if "meta-inf/encryption.xml" not in names:
        return
    for data in xhtml.named(_xml(book, names, "META-INF/encryption.xml"), "EncryptedData"):
        methods = {node.get("Algorithm") for node in xhtml.named(data, "EncryptionMethod")}
        paths = {unquote(node.get("URI", "")) for node in xhtml.named(data, "CipherReference")}
        if {path.lower() for path in paths} & documents and not methods <= set(_FONT_OBFUSCATION):
            raise RejectedFile(
                "EPUB protected by DRM; use a copy without it", "its text is encrypted"
            )


def _kinds(
    book: zipfile.ZipFile, names: Mapping[str, str], package: Any, root: str
) -> dict[str, str]:
    """Return the types that the guide and the landmarks give documents, by path."""
    kinds = {
        _resolve(root, node.get("href", "")): node.get("type", "").lower()
        for node in xhtml.named(package, "reference")
    }
    for item in xhtml.named(package, "item"):
        path = _resolve(root, item.get("href", ""))
        if "nav" not in item.get("properties", "").split() or path.lower() not in names:
            continue
        for node in xhtml.named(_xml(book, names, path), "nav"):
            if "landmarks" in xhtml.kinds(node):
                for link in xhtml.named(node, "a"):
                    target = _resolve(path, link.get("href", ""))
                    kinds[target] = " ".join(xhtml.kinds(link))
    return kinds


def _rejection_reason(part: _Part, kinds: Mapping[str, str], document: Any) -> str:
    """Return why a document is not part of the story; "" if it is."""
    if "nav" in part.properties.split():
        return "navigation"
    types = [*kinds.get(part.path, "").split(), *xhtml.document_kinds(document)]
    for kind in reversed(types):  # the most specific comes last
        if kind in _STORY:
            return ""
        if kind in _NOT_STORY:
            return _NOT_STORY[kind]
    if not part.linear:
        return "not part of the reading order"
    stem = posixpath.splitext(posixpath.basename(part.path))[0].lower().replace("_", "-")
    if found := _FILE_NAME.search(stem):
        name = _KOREAN_NAMES.get(found[2] or "") or found[1].replace("-", "")
        return _NOT_STORY[name]
    return ""
