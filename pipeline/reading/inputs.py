"""Finds and reads the input files, on any file system that Beam can read."""

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
        name: its name in the data set: its path inside the given folder, or its file name.
        path: its full path or address.
    """

    name: str
    path: str


@dataclass(frozen=True)
class Inputs:
    """The input files, and the rejections of files in the given folders that are skipped."""

    files: tuple[InputFile, ...]
    skipped: tuple[Rejection, ...]


def find(patterns: Sequence[str]) -> Inputs:
    """Find the files that folders, file names and globs name; ignore hidden files in folders.

    Raises:
        UsageError: if a pattern matches nothing.
        JobError: if there is nothing to read.
    """
    # Errors get our own messages; Beam's log would show tracebacks.
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
                skipped.add(Rejection(name, "file name is not UTF-8; rename the file"))
            else:
                names.setdefault(path, name if folder else name.rsplit("/", 1)[-1])
    if not names:
        raise JobError(
            f"no {FORMATS} file in {', '.join(patterns)}; convert the novels to one of these "
            "formats, or name the files themselves with --input"
        )
    return Inputs(_with_distinct_names(names), tuple(sorted(skipped, key=lambda it: it.file)))


def read(path: str) -> bytes:
    """Read a file; of one that is too large, just enough to show that it is.

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
    """Return a SHA-256 of the names and contents of all files, whatever folder they are in."""
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
    except Exception as error:  # client libraries of remote file systems raise their own
        if not filesystems.is_remote(path):
            raise
        raise OSError(filesystems.explain(path, error)) from error


def matches(file: InputFile, patterns: Sequence[str]) -> bool:
    """Whether a file's name or path equals or matches one of the globs."""
    names = (file.name, file.name.rsplit("/", 1)[-1], file.path)
    return any(
        name == pattern or fnmatchcase(name, pattern)
        for name in names
        for pattern in (unicodedata.normalize("NFC", pattern) for pattern in patterns)
    )


def _match(pattern: str) -> tuple[str, list[str]]:
    """Return the folder if the pattern names one, else "", and the files that it matches."""
    is_remote = filesystems.is_remote(pattern)
    # Beam finds nothing for a relative glob without a folder, such as *.txt.
    target = pattern if is_remote else os.path.abspath(pattern)
    # "[1] 봄.txt" is more often a name than a glob, so literal names are tried first.
    if not is_remote and os.path.isfile(target):
        return "", [target]
    folder = target.rstrip("/") + "/"
    try:
        if is_remote and (found := _list(glob.escape(target))):
            return "", found
        if (found := _list(glob.escape(folder) + "**")) or os.path.isdir(folder):
            return folder, found
        if found := _list(target):
            return "", found
    except Exception as error:  # client libraries of remote file systems raise their own
        reason = filesystems.explain(pattern, error) if is_remote else f"cannot be listed: {error}"
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
    """Return the files; those of the same name in different folders get their folder's name."""
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
