"""Turns files into works: reads, parses and normalises them, and rejects what is not a novel."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipeline.progress import count
from pipeline.reading import boilerplate, formats, inputs
from pipeline.reading.compressed_lines import CompressedLines
from pipeline.reading.inputs import InputFile
from pipeline.reading.lines import SourceLine
from pipeline.reading.normalization import normalize
from pipeline.rejections import RejectedFile, Rejection, shorten

REJECTED_TAG = "rejected"  # of the output for rejections
ID_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True)
class Work:
    """A novel.

    Attributes:
        id: hash of the normalised text.
        file: name of its file.
        named_for_test: whether the user named it for the test split.
        lines: its normalised paragraphs, none of them empty.
    """

    id: str
    file: str
    named_for_test: bool
    lines: Sequence[str]

    def __reduce__(self) -> tuple[type["Work"], tuple[str, str, bool, CompressedLines]]:
        return Work, (self.id, self.file, self.named_for_test, CompressedLines.of(self.lines))


class ReadWorks(beam.PTransform):
    """Turns input files (`InputFile`) into works.

    Args:
        test_works: globs that name files for the test split.
        drop_hanja: remove Hanja in brackets after Hangul.

    Returns:
        The works, and a `Rejection` for each file that is not a novel and for each line that is
        not part of one.
    """

    def __init__(self, test_works: tuple[str, ...], drop_hanja: bool) -> None:
        super().__init__()
        self._test_works = test_works
        self._drop_hanja = drop_hanja

    def expand(self, files: beam.PCollection) -> Any:
        """Build the stages."""
        read = files | "ReadFile" >> beam.ParDo(_ReadFile()).with_outputs(REJECTED_TAG, main="read")
        parsed = read.read | "Parse" >> beam.ParDo(_Parse()).with_outputs(
            REJECTED_TAG, main="lines"
        )
        normal = parsed.lines | "Normalize" >> beam.ParDo(
            _Normalize(self._test_works, self._drop_hanja)
        ).with_outputs(REJECTED_TAG, main="works")
        rejected = [result[REJECTED_TAG] for result in (read, parsed, normal)]
        return normal.works, rejected | "MergeRejections" >> beam.Flatten()


class _ReadFile(beam.DoFn):
    def process(self, file: InputFile) -> Iterator[Any]:
        try:
            data = inputs.read(file.path)
        except OSError as error:
            yield _tagged(Rejection(file.name, "cannot be read", error.strerror or str(error)))
            return
        count("files read")
        yield file, data


class _Parse(beam.DoFn):
    """Turns bytes into the lines of the novel, and rejections of the other lines."""

    def process(self, element: tuple[InputFile, bytes]) -> Iterator[Any]:
        file, data = element
        try:
            lines = boilerplate.mark(list(formats.parse(file.name, data)))
        except RejectedFile as error:
            yield _tagged(Rejection(file.name, error.reason, error.detail, error.offset))
            return
        for line in lines:
            if line.rejected:
                yield _tagged(_line_rejection(file, line))
        yield file, [line.text for line in lines if not line.rejected]


class _Normalize(beam.DoFn):
    def __init__(self, test_works: tuple[str, ...], drop_hanja: bool) -> None:
        self._test_works, self._drop_hanja = test_works, drop_hanja

    def process(self, element: tuple[InputFile, list[str]]) -> Iterator[Any]:
        file, texts = element
        lines = tuple(filter(None, (normalize(text, self._drop_hanja) for text in texts)))
        if not any(character.isalnum() for line in lines for character in line):
            yield _tagged(Rejection(file.name, "contains no letters"))
            return
        content = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        yield Work(content[:ID_LENGTH], file.name, inputs.matches(file, self._test_works), lines)


def _line_rejection(file: InputFile, line: SourceLine) -> Rejection:
    name = f"{file.name}/{line.part}" if line.part else file.name
    return Rejection(name, line.rejected, line=line.number, text=shorten(line.text) or None)


def _tagged(rejection: Rejection) -> beam.pvalue.TaggedOutput:
    return beam.pvalue.TaggedOutput(REJECTED_TAG, rejection)
