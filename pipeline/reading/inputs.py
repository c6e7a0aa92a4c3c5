"""Finds the input files, on any file system that Beam can read."""

import glob
import hashlib
import logging
import os
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from pipeline.errors import JobError, UsageError
from pipeline.reading import filesystems, formats
from pipeline.rejections import Rejection

FORMATS = f"{', '.join(formats.SUFFIXES[:-1])} or {formats.SUFFIXES[-1]}"
_BLOCK = 1 << 20  # bytes read at once


@dataclass(frozen=True, order=True)
class InputFile:
    """A file to read.

    Attributes:
        name: how the data set refers to it: its path inside the given folder, or its file name.
        path: where it is.
    """

    name: str
    path: str


@dataclass(frozen=True)
class Inputs:
    """Files to read, and files in the given folders that are left out."""

    files: tuple[InputFile, ...]
    skipped: tuple[Rejection, ...]


def find(patterns: Sequence[str]) -> Inputs:
    """Finds the files of folders, file names and globs; hidden files in folders do not count.

    Raises:
        UsageError: if a pattern matches nothing.
        JobError: if there is nothing to read.
    """
    # What Beam cannot list is said in our own words; its log would show tracebacks.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    names: dict[str, str] = {}  # by path
    skipped: set[Rejection] = set()
    for pattern in patterns:
        folder, paths = _match(pattern)
        for path in paths:
            name = _printable(path[len(folder) :])
            if folder and any(part.startswith(".") for part in name.split("/")):
                continue
            if folder and not formats.is_known(name):
                skipped.add(Rejection(name, f"not a {FORMATS} file"))
            elif not _is_printable(path):
                skipped.add(Rejection(name, "its file name is not UTF-8; rename it"))
            else:
                names.setdefault(path, name if folder else name.rsplit("/", 1)[-1])
    if not names:
        raise JobError(
            f"no {FORMATS} file in {', '.join(patterns)}; put the novels there as such files, or "
            "name the files with --input"
        )
    return Inputs(_with_distinct_names(names), tuple(sorted(skipped, key=lambda it: it.file)))


def read(path: str) -> bytes:
    """Reads a file, or so much of one too large that it can be seen to be.

    Raises:
        OSError: if it cannot be read.
    """
    content = bytearray()
    for block in _blocks(path):
        content += block
        if len(content) > formats.MAX_BYTES:
            break
    return bytes(content)


def digest(inputs: Inputs) -> str:
    """SHA-256 over names and content of all files: the same for the same input, anywhere."""
    total = hashlib.sha256()
    for file in inputs.files:
        content = hashlib.sha256()
        try:
            for block in _blocks(file.path):
                content.update(block)
            found = content.hexdigest()
        except OSError:
            found = "unreadable"
        total.update(f"{file.name}\0{found}\n".encode())
    return total.hexdigest()


def _blocks(path: str) -> Iterator[bytes]:
    try:
        with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            while block := file.read(_BLOCK):
                yield block
    except Exception as error:  # remote ones raise what their client libraries raise
        if not filesystems.is_remote(path):
            raise
        raise OSError(filesystems.explain(path, error)) from error


def matches(file: InputFile, patterns: Sequence[str]) -> bool:
    """Whether a file's name or path is, or matches, one of the globs."""
    names = (file.name, file.name.rsplit("/", 1)[-1], file.path)
    return any(
        name == pattern or fnmatchcase(name, pattern)
        for name in names
        for pattern in (unicodedata.normalize("NFC", pattern) for pattern in patterns)
    )


def _match(pattern: str) -> tuple[str, list[str]]:
    """The folder that the pattern names, if it does, and the files that it matches."""
    far = filesystems.is_remote(pattern)
    # Beam lists nothing for a relative glob without a folder, such as *.txt.
    place = pattern if far else os.path.abspath(pattern)
    # "[1] 봄.txt" is a name more often than a glob, so names as they stand come first.
    if not far and os.path.isfile(place):
        return "", [place]
    folder = place.rstrip("/") + "/"
    try:
        if far and (found := _list(glob.escape(place))):
            return "", found
        if (found := _list(glob.escape(folder) + "**")) or os.path.isdir(folder):
            return folder, found
        if found := _list(place):
            return "", found
    except Exception as error:  # remote ones raise what their client libraries raise
        reason = filesystems.explain(pattern, error) if far else f"cannot be listed: {error}"
        raise UsageError(f"--input {pattern}: {reason}") from error
    raise UsageError(f"--input {pattern}: no such file or folder, and no file matches it")


def _list(pattern: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of Beam's own regular expression for "["
        found = FileSystems.match([pattern])[0].metadata_list
    return sorted(data.path for data in found if not os.path.isdir(data.path))


def _is_printable(path: str) -> bool:
    return path == path.encode("utf-8", "replace").decode()


def _printable(path: str) -> str:
    return unicodedata.normalize("NFC", path.encode("utf-8", "replace").decode())


def _with_distinct_names(names: dict[str, str]) -> tuple[InputFile, ...]:
    """Files of the same name in different folders are told apart by their folders."""
    counts = Counter(names.values())
    common = os.path.commonpath([os.path.dirname(path) for path in names])
    return tuple(
        sorted(
            InputFile(
                name if counts[name] == 1 else _printable(path[len(common) :].lstrip("/")), path
            )
            for path, name in names.items()
        )
    )
