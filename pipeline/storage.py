"""Reads and writes the files of a data set, locally or on a file system that Beam supports."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from pipeline.errors import JobError
from pipeline.reading.filesystems import explain, is_remote

Facts = dict[str, object]

_BLOCK = 1 << 20


def join(folder: str, name: str) -> str:
    """Return the path of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def names(folder: str) -> list[str]:
    """Return the names of the files in a folder; none if there is no such folder.

    Raises:
        OSError: if it cannot be listed.
    """
    if not is_remote(folder):
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    with _explained(folder):
        found = FileSystems.match([join(folder, "*")])[0].metadata_list
    return sorted(data.path.rsplit("/", 1)[-1] for data in found)


def open_raw(path: str) -> BinaryIO:
    """Open a file for reading its bytes, without decompressing them.

    Raises:
        OSError: if it cannot be read.
    """
    with _explained(path):
        file = FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)
    return cast("BinaryIO", file)


def read(path: str) -> bytes:
    """Read a file.

    Raises:
        OSError: if it cannot be read.
    """
    with _explained(path), open_raw(path) as file:
        return file.read()


def write(folder: str, name: str, blocks: Iterable[bytes]) -> tuple[str, Facts]:
    """Write a file; return its name, and its size and SHA-256 as dataset.json records them.

    The file appears under its name only when it is complete, so it does no harm if a cluster runs
    the same stage twice.

    Raises:
        JobError: if it cannot be written.
    """
    path = join(folder, name)
    counted = _Counted(blocks)
    try:
        if is_remote(path):  # where a file appears when it is closed
            with _explained(path), _created(path) as file:
                for block in counted:
                    file.write(block)
        else:
            # Not with Beam, which would create a folder again that a stopped job has removed.
            temporary = f"{path}.{uuid.uuid4().hex}"
            with open(temporary, "wb") as file:
                file.writelines(counted)
            os.replace(temporary, path)
    except OSError as error:
        raise JobError(f"{path} cannot be written: {reason(error)}") from error
    return name, counted.facts()


def facts(path: str) -> Facts:
    """Return the size and SHA-256 of a file, as dataset.json records them.

    Raises:
        OSError: if it cannot be read.
    """
    with _explained(path), open_raw(path) as file:
        counted = _Counted(iter(lambda: file.read(_BLOCK), b""))
        for _ in counted:
            pass
    return counted.facts()


def move(names: Sequence[str], source: str, target: str) -> None:
    """Move files from one remote folder to another.

    Raises:
        OSError: if one cannot be moved.
    """
    with _explained(target):
        FileSystems.rename(
            [join(source, name) for name in names], [join(target, name) for name in names]
        )


def delete(names: Sequence[str], folder: str) -> None:
    """Delete files in a remote folder.

    Raises:
        OSError: if one cannot be deleted.
    """
    if names:
        with _explained(folder):
            FileSystems.delete([join(folder, name) for name in names])


def reason(error: OSError) -> str:
    """Return why a file operation failed, in one line."""
    return error.strerror or str(error).split("\n", 1)[0]


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn the exceptions of remote file systems' client libraries into `OSError`."""
    try:
        yield
    except Exception as error:
        if not is_remote(path):
            raise
        raise OSError(explain(path, error)) from error


def _created(path: str) -> BinaryIO:
    file = FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED)
    return cast("BinaryIO", file)


class _Counted:
    """Passes on blocks of bytes, counting and hashing them."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._size, self._digest = blocks, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._size += len(block)
            self._digest.update(block)
            yield block

    def facts(self) -> Facts:
        return {"bytes": self._size, "sha256": self._digest.hexdigest()}
