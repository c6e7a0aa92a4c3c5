"""From files to works: read, parse, normalise, and refuse what is not a novel."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipeline.progress import count
from pipeline.reading import boilerplate, formats, inputs
from pipeline.reading.compressed_lines import CompressedLines
from pipeline.reading.inputs import InputFile
from pipeline.reading.lines import Line
from pipeline.reading.normalization import normalize
from pipeline.rejections import RejectedFile, Rejection, shorten

REJECTED_TAG = "rejected"  # tag of the output of rejections
ID_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True)
class Work:
    """A novel.

    Attributes:
        id: hash of the normalised text.
        file: name of the file it came from.
        named_for_test: whether the user named it for the test split.
        lines: its paragraphs; normalised, none empty.
    """

    id: str
    file: str
    named_for_test: bool
    lines: Sequence[str]

    def __reduce__(self) -> tuple[type["Work"], tuple[str, str, bool, CompressedLines]]:
        return Work, (self.id, self.file, self.named_for_test, CompressedLines.of(self.lines))


class ReadWorks(beam.PTransform):
    """Reads input files (`InputFile`) into works of paragraphs.

    Args:
        test_works: globs of the files that the user names for the test split.
        drop_hanja: leave out Hanja in brackets after Hangul.

    Returns:
        The works, and the `Rejection` of each file that is none, and of each line that is not
        part of a novel.
    """

    def __init__(self, test_works: tuple[str, ...], drop_hanja: bool) -> None:
        super().__init__()
        self._test_works = test_works
        self._drop_hanja = drop_hanja

    def expand(self, files: beam.PCollection) -> Any:
        """Builds the steps."""
        read = files | "ReadFile" >> beam.ParDo(_ReadFile()).with_outputs(REJECTED_TAG, main="read")
        parsed = read.read | "Parse" >> beam.ParDo(_Parse()).with_outputs(
            REJECTED_TAG, main="lines"
        )
        normal = parsed.lines | "Normalize" >> beam.ParDo(
            _Normalize(self._test_works, self._drop_hanja)
        ).with_outputs(REJECTED_TAG, main="works")
        rejected = [result[REJECTED_TAG] for result in (read, parsed, normal)]
        return normal.works, rejected | "Rejected" >> beam.Flatten()


class _ReadFile(beam.DoFn):
    def process(self, file: InputFile) -> Iterator[Any]:
        try:
            data = inputs.read(file.path)
        except OSError as error:
            yield _rejected(Rejection(file.name, "cannot be read", error.strerror or str(error)))
            return
        count("files read")
        yield file, data


class _Parse(beam.DoFn):
    """Bytes to the lines that are the novel, and rejections of the others."""

    def process(self, element: tuple[InputFile, bytes]) -> Iterator[Any]:
        file, data = element
        try:
            lines = boilerplate.mark(list(formats.parse(file.name, data)))
        except RejectedFile as rejected:
            yield _rejected(Rejection(file.name, rejected.reason, rejected.detail, rejected.offset))
            return
        for line in lines:
            if line.rejected:
                yield _rejected(_rejection(file, line))
        yield file, [line.text for line in lines if not line.rejected]


class _Normalize(beam.DoFn):
    def __init__(self, test_works: tuple[str, ...], drop_hanja: bool) -> None:
        self._test_works, self._drop_hanja = test_works, drop_hanja

    def process(self, element: tuple[InputFile, list[str]]) -> Iterator[Any]:
        file, texts = element
        lines = tuple(filter(None, (normalize(text, self._drop_hanja) for text in texts)))
        if not any(character.isalnum() for line in lines for character in line):
            yield _rejected(Rejection(file.name, "empty, no letter in it"))
            return
        content = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        yield Work(content[:ID_LENGTH], file.name, inputs.matches(file, self._test_works), lines)


def _rejection(file: InputFile, line: Line) -> Rejection:
    name = f"{file.name}/{line.part}" if line.part else file.name
    return Rejection(name, line.rejected, line=line.number, text=shorten(line.text) or None)


def _rejected(rejection: Rejection) -> beam.pvalue.TaggedOutput:
    return beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
