"""EPUB 3.3 (https://www.w3.org/TR/epub-33/): one chapter, a navigation document, an appendix.

Written with the standard library: the best-known library, EbookLib, is under the AGPL, and a novel
needs little of the format.
"""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from client.export.archive import archive
from client.export.document import Document, table
from client.story.provenance import COLOURS, MARKS

_XHTML = "http://www.w3.org/1999/xhtml"
_OPS = "http://www.idpf.org/2007/ops"
_OPF = "http://www.idpf.org/2007/opf"
_DC = "http://purl.org/dc/elements/1.1/"
_OCF = "urn:oasis:names:tc:opendocument:xmlns:container"
_LANGUAGE = "ko"

_STYLE = "\n".join(
    [
        "body { line-height: 1.7; word-break: keep-all; overflow-wrap: break-word; }",
        "h1 { text-align: center; margin: 2em 0; }",
        ".author { text-align: center; }",
        "p { margin: 0; text-indent: 1em; }",
        ".marked p, .author { text-indent: 0; }",
        "table { border-collapse: collapse; margin: 1em 0; }",
        "td, th { border: 1px solid; padding: 0.2em 0.6em; text-align: left; }",
        *(f".{author.value} {{ color: #{colour}; }}" for author, colour in COLOURS.items()),
        "",
    ]
)


def epub(document: Document, text: Mapping[str, str]) -> bytes:
    """Return the story as an EPUB file; ``text``: messages in the writer's language."""
    pages = {"story": (document.title, _story(document))}
    if document.provenance:
        pages["provenance"] = (text["provenance"], _provenance(document, text))
    files = [
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", _container()),
        ("EPUB/package.opf", _package(document, pages)),
        ("EPUB/nav.xhtml", _navigation(document, {key: name for key, (name, _) in pages.items()})),
        ("EPUB/style.css", _STYLE.encode()),
        *((f"EPUB/{key}.xhtml", _page(title, body)) for key, (title, body) in pages.items()),
    ]
    return archive(files, stored=frozenset({"mimetype"}))


def _element(
    tag: str, attributes: Mapping[str, str] | None = None, children: Iterable[ET.Element] = (),
    text: str | None = None,
) -> ET.Element:  # fmt: skip
    element = ET.Element(tag, dict(attributes or {}))
    element.text = text
    element.extend(children)
    return element


def _container() -> bytes:
    root = _element(
        "rootfile",
        {"full-path": "EPUB/package.opf", "media-type": "application/oebps-package+xml"},
    )
    return _xml(
        _element(
            "container", {"version": "1.0", "xmlns": _OCF}, [_element("rootfiles", {}, [root])]
        )
    )


def _package(document: Document, pages: Iterable[str]) -> bytes:
    metadata = [
        _element("dc:identifier", {"id": "id"}, text=document.identifier),
        _element("dc:title", text=document.title),
        _element("dc:language", text=_LANGUAGE),
        _element("meta", {"property": "dcterms:modified"}, text=document.modified),
    ]
    if document.author:
        metadata.append(_element("dc:creator", text=document.author))
    page = "application/xhtml+xml"
    items = [("nav", "nav.xhtml", page), ("style", "style.css", "text/css")]
    items += [(key, f"{key}.xhtml", page) for key in pages]
    manifest = [
        _element("item", {"id": key, "href": href, "media-type": kind}
                 | ({"properties": "nav"} if key == "nav" else {}))
        for key, href, kind in items
    ]  # fmt: skip
    spine = [_element("itemref", {"idref": key}) for key in pages]
    attributes = {"version": "3.0", "unique-identifier": "id", "xmlns": _OPF, "xml:lang": _LANGUAGE}
    return _xml(
        _element(
            "package",
            attributes,
            [
                _element("metadata", {"xmlns:dc": _DC}, metadata),
                _element("manifest", {}, manifest),
                _element("spine", {}, spine),
            ],
        )
    )


def _navigation(document: Document, pages: Mapping[str, str]) -> bytes:
    entries = [
        _element("li", {}, [_element("a", {"href": f"{key}.xhtml"}, text=title)])
        for key, title in pages.items()
    ]
    toc = _element("nav", {"epub:type": "toc"}, [_element("ol", {}, entries)])
    return _page(document.title, [toc])


def _story(document: Document) -> list[ET.Element]:
    body = [_element("h1", text=document.title)]
    if document.author:
        body.append(_element("p", {"class": "author"}, text=document.author))
    for paragraph in document.paragraphs:
        body.append(_element("p", text=" ".join(line.text for line in paragraph)))
    return body


def _provenance(document: Document, text: Mapping[str, str]) -> list[ET.Element]:
    head, *rows = table(document, text)
    cells = [_element("tr", {}, [_element("th", text=cell) for cell in head])]
    cells += [_element("tr", {}, [_element("td", text=cell) for cell in row]) for row in rows]
    marked = [
        _element("p", {"class": line.author.value}, text=f"{MARKS[line.author]} {line.text}")
        for line in document.lines
    ]
    return [
        _element("h1", text=text["provenance"]),
        _element("table", {}, [_element("tbody", {}, cells)]),
        _element("div", {"class": "marked"}, marked),
    ]


def _page(title: str, body: Iterable[ET.Element]) -> bytes:
    style = {"rel": "stylesheet", "type": "text/css", "href": "style.css"}
    head = _element("head", {}, [_element("title", text=title), _element("link", style)])
    attributes = {"xmlns": _XHTML, "xmlns:epub": _OPS, "lang": _LANGUAGE, "xml:lang": _LANGUAGE}
    return _xml(_element("html", attributes, [head, _element("body", {}, body)]))


def _xml(root: ET.Element) -> bytes:
    return ET.tostring(root, "utf-8", xml_declaration=True) + b"\n"
