"""From files to works: read, decode, normalise, and refuse what is not a novel."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipeline import inputs
from pipeline.decoding import NotText, decode
from pipeline.inputs import InputFile
from pipeline.normalization import normalize
from pipeline.progress import count
from pipeline.rejections import Rejection

REJECTED = "rejected"  # tag of the output of rejections
ID_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True)
class Work:
    """A novel.

    Attributes:
        id: hash of the normalised text.
        file: name of the file it came from.
        chosen: whether the user named it for the test split.
        lines: its paragraphs, later its sentences; normalised, none empty.
    """

    id: str
    file: str
    chosen: bool
    lines: tuple[str, ...]


class ReadWorks(beam.PTransform):
    """Reads input files (`InputFile`) into works of paragraphs.

    Args:
        test_works: globs of the files that the user names for the test split.

    Returns:
        The works, and the `Rejection` of each file that is none.
    """

    def __init__(self, test_works: tuple[str, ...]) -> None:
        super().__init__()
        self._test_works = test_works

    def expand(self, files: beam.PCollection) -> Any:
        """Builds the steps."""
        read = files | "ReadFile" >> beam.ParDo(_ReadFile()).with_outputs(REJECTED, main="read")
        decoded = read.read | "Decode" >> beam.ParDo(_Decode()).with_outputs(REJECTED, main="text")
        normal = decoded.text | "Normalize" >> beam.ParDo(
            _Normalize(), self._test_works
        ).with_outputs(REJECTED, main="works")
        refused = [result[REJECTED] for result in (read, decoded, normal)]
        return normal.works, refused | "Refused" >> beam.Flatten()


class _ReadFile(beam.DoFn):
    def process(self, file: InputFile) -> Iterator[Any]:
        try:
            data = inputs.read(file.path)
        except OSError as error:
            yield beam.pvalue.TaggedOutput(
                REJECTED, Rejection(file.name, f"cannot be read: {error.strerror or error}")
            )
            return
        count("files read")
        yield file, data


class _Decode(beam.DoFn):
    def process(self, element: tuple[InputFile, bytes]) -> Iterator[Any]:
        file, data = element
        try:
            yield file, decode(data)
        except NotText as error:
            yield beam.pvalue.TaggedOutput(REJECTED, Rejection(file.name, str(error)))


class _Normalize(beam.DoFn):
    def process(self, element: tuple[InputFile, str], test_works: tuple[str, ...]) -> Iterator[Any]:
        file, text = element
        lines = tuple(filter(None, map(normalize, text.splitlines())))
        if not any(character.isalnum() for line in lines for character in line):
            yield beam.pvalue.TaggedOutput(REJECTED, Rejection(file.name, "empty: no letter in it"))
            return
        content = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        yield Work(content[:ID_LENGTH], file.name, inputs.matches(file, test_works), lines)
