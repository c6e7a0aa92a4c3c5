"""ZIP files that are the same for the same content, whenever they are made."""

import io
import zipfile
from collections.abc import Iterable

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows


def archive(files: Iterable[tuple[str, bytes]], stored: frozenset[str] = frozenset()) -> bytes:
    """Return a ZIP file.

    Args:
        files: names and contents, in the order in which they stand.
        stored: names of those that are not compressed.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        for name, content in files:
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, whatever this machine is
            info.external_attr = 0o644 << 16
            zipped.writestr(info, content)
    return data.getvalue()
