"""The supported file formats, and their conversion to lines of text."""

import gzip
import io
import zlib
from collections.abc import Iterable

from pipeline.reading import epub, markdown
from pipeline.reading.encodings import decode
from pipeline.reading.lines import SourceLine, split_lines
from pipeline.rejections import RejectedFile

SUFFIXES = (".txt", ".md", ".gz", ".epub")  # NAME.md.gz contains Markdown, NAME.gz plain text
MAX_BYTES = 256 << 20  # of a file, decompressed; a long novel has 5 million


def is_known(name: str) -> bool:
    """Whether a file in a folder is read, judging by its name."""
    return name.lower().endswith(SUFFIXES)


def parse(name: str, data: bytes) -> Iterable[SourceLine]:
    """Return the lines of a file, as plain text if its suffix is unknown.

    Raises:
        RejectedFile: if it cannot be read.
    """
    name = name.lower()
    if len(data) > MAX_BYTES:
        raise _too_large()
    if name.endswith(".gz"):
        return parse(name.removesuffix(".gz"), _unpack(data))
    if name.endswith(".epub"):
        return epub.parse(data, MAX_BYTES)
    text = decode(data)
    return markdown.parse(text) if name.endswith(".md") else split_lines(text)


def _unpack(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RejectedFile("damaged gzip file; compress it again", str(error)) from None
    if len(content) > MAX_BYTES:
        raise _too_large()
    return content


def _too_large() -> RejectedFile:
    return RejectedFile("too large for one novel; split it", f"more than {MAX_BYTES >> 20} MiB")
