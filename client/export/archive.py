"""Reproducible ZIP files: the same content gives the same bytes."""

import io
import zipfile
from collections.abc import Iterable

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of the format


def archive(files: Iterable[tuple[str, bytes]], stored: frozenset[str] = frozenset()) -> bytes:
    """Return a ZIP file.

    Args:
        files: names and contents, in order.
        stored: names of those to store uncompressed.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        for name, content in files:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o644 << 16
            zipped.writestr(info, content)
    return data.getvalue()
