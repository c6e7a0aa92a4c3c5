"""Word documents (docx)."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from client.errors import StoryError
from client.export.archive import archive
from client.export.document import Document, table
from client.story.provenance import COLOURS, MARKS


def docx(document: Document, text: Mapping[str, str]) -> bytes:
    """Return the story as a Word document; ``text``: messages in the writer's language.

    Raises:
        StoryError: python-docx is not installed.
    """
    try:
        import docx as python_docx
    except ImportError:
        raise StoryError("docx_missing") from None
    file = python_docx.Document()
    _describe(file, document)
    file.add_heading(document.title, level=0)
    if document.author:
        file.add_paragraph(document.author)
    for paragraph in document.paragraphs:
        file.add_paragraph(" ".join(line.text for line in paragraph))
    if document.provenance:
        _add_provenance(file, document, text)
    data = io.BytesIO()
    file.save(data)
    with zipfile.ZipFile(data) as zipped:  # python-docx stores the current time in it
        return archive([(name, zipped.read(name)) for name in zipped.namelist()])


def _describe(file: Any, document: Document) -> None:
    properties = file.core_properties
    properties.title, properties.author = document.title, document.author
    properties.comments, properties.language = "", "ko"
    modified = datetime.strptime(document.modified, "%Y-%m-%dT%H:%M:%SZ")
    properties.created = properties.modified = modified


def _add_provenance(file: Any, document: Document, text: Mapping[str, str]) -> None:
    from docx.shared import RGBColor

    file.add_page_break()
    file.add_heading(text["provenance"], level=1)
    rows = table(document, text)
    grid = file.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            grid.cell(i, j).text = cell
    file.add_paragraph()
    for line in document.lines:
        run = file.add_paragraph().add_run(f"{MARKS[line.author]} {line.text}")
        run.font.color.rgb = RGBColor.from_string(COLOURS[line.author].upper())
