"""Makes EPUB files for tests."""

import io
import zipfile
from collections.abc import Mapping

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def page(body: str, attributes: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title/></head>\n<body {attributes}>{body}</body></html>"
    )


def epub(
    pages: Mapping[str, str],
    guide: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
    auxiliary: tuple[str, ...] = (),
    files: Mapping[str, str] | None = None,
) -> bytes:
    """An EPUB.

    Args:
        pages: its documents by path, in order.
        guide: their kinds by path, in EPUB 2's words.
        properties: their manifest properties.
        auxiliary: those that the reading order leaves out.
        files: further files, over those that are made here.
    """
    items = "".join(
        f'<item id="i{n}" href="{path}" media-type="application/xhtml+xml" '
        f'properties="{(properties or {}).get(path, "")}"/>'
        for n, path in enumerate(pages)
    )
    spine = "".join(
        f'<itemref idref="i{n}" linear="{"no" if path in auxiliary else "yes"}"/>'
        for n, path in enumerate(pages)
    )
    references = "".join(
        f'<reference type="{kind}" href="{path}"/>' for path, kind in (guide or {}).items()
    )
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest>'
        f"<spine>{spine}</spine><guide>{references}</guide></package>"
    )
    content = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        **{f"OEBPS/{path}": text for path, text in pages.items()},
        **(files or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in content.items():
            book.writestr(zipfile.ZipInfo(name), text)
    return data.getvalue()
