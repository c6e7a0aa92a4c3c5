"""Removes passages from a work, whole sentences at a time, and reports what was removed."""

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.duplicates import shingles
from pipeline.progress import count
from pipeline.reading.works import Work
from pipeline.rejections import Rejection, shorten
from pipeline.sentences.splitting import split_at_marks

# Share of a work's letters; a work that would lose more is removed altogether.
MAX_REMOVED_SHARE = 0.5
MIN_SHARE_INSIDE = 0.5  # of a sentence's letters in a passage, for the sentence to be removed
MAX_LETTERS_LEFT = 50  # letters of a passage that may remain in a sentence only partly inside it
_PART = re.compile(r".{1,300}(?: |$)|[^ ]{1,300}")  # parts of a very long sentence


@dataclass(frozen=True)
class RepeatedPassage:
    """Letters ``start`` to ``end`` of a work (`shingles.letters`) that `file` contains too."""

    start: int
    end: int
    file: str


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a work, or a part of a very long one.

    Attributes:
        paragraph: index of its paragraph in the work.
        begin: index of its first character in the paragraph.
        end: index after its last character.
        letters: number of its letters.
        source: file of the work that repeats it, if it is to be removed; else "".
    """

    paragraph: int
    begin: int
    end: int
    letters: int
    source: str = ""


def remove_passages(
    work: Work, passages: Sequence[RepeatedPassage]
) -> tuple[Work | None, list[Rejection]]:
    """Remove the sentences inside the passages, which are in order and do not overlap.

    A paragraph that loses a sentence in its middle becomes two, so no sentence is joined from two.

    Returns:
        What remains of the work, or None if most of it is repeated; and the rejections.
    """
    if not passages:
        return work, []
    sentences = _mark(work, passages)
    lost: Counter[str] = Counter()
    for sentence in sentences:
        lost[sentence.source] += sentence.letters
    if not any(sentence.source for sentence in sentences):
        return work, []
    if (share := 1 - lost[""] / lost.total()) > MAX_REMOVED_SHARE:
        del lost[""]
        most = min(lost, key=lambda file: (-lost[file], file))
        return None, [
            Rejection(work.file, "mostly contained in another work", f"{most}, {share:.0%}")
        ]
    rejections = list(_rejections(work, sentences))
    count("repeated passages removed", len(rejections))
    return replace(work, lines=tuple(_remaining_lines(work, sentences))), rejections


def _mark(work: Work, passages: Sequence[RepeatedPassage]) -> list[_Sentence]:
    """Cut a work into sentences and mark those to remove."""
    marked: list[_Sentence] = []
    end = 0
    for sentence in _sentences(work):
        start, end = end, end + sentence.letters
        marked.append(replace(sentence, source=_source(start, end, passages)))
    # A sentence without letters, such as …, is removed if both its neighbours are.
    for position in range(1, len(marked) - 1):
        before, after = marked[position - 1].source, marked[position + 1].source
        if not marked[position].letters and before == after:
            marked[position] = replace(marked[position], source=before)
    return marked


def _sentences(work: Work) -> Iterator[_Sentence]:
    for number, paragraph in enumerate(work.lines):
        end = 0
        for sentence in split_at_marks(paragraph):
            begin = paragraph.index(sentence, end)
            for part in _PART.finditer(sentence):
                end = begin + part.end()
                yield _Sentence(number, begin + part.start(), end, len(shingles.letters(part[0])))


def _source(start: int, end: int, passages: Sequence[RepeatedPassage]) -> str:
    """The file that repeats the sentence of letters ``start`` to ``end``; "" to keep it."""
    first = bisect.bisect_right(passages, start, key=lambda passage: passage.end)
    inside: Counter[str] = Counter()
    for passage in itertools.takewhile(
        lambda it: it.start < end, itertools.islice(passages, first, None)
    ):
        inside[passage.file] += min(end, passage.end) - max(start, passage.start)
    if not inside or inside.total() < min(MAX_LETTERS_LEFT, MIN_SHARE_INSIDE * (end - start)):
        return ""
    return min(inside, key=lambda file: (-inside[file], file))


def _remaining_lines(work: Work, sentences: Sequence[_Sentence]) -> Iterator[str]:
    for (number, goes), stretch in itertools.groupby(
        sentences, key=lambda it: (it.paragraph, bool(it.source))
    ):
        if not goes:
            first, *_, last = [*stretch] * 2
            yield work.lines[number][first.begin : last.end].strip(" ")


def _rejections(work: Work, sentences: Sequence[_Sentence]) -> Iterator[Rejection]:
    for source, stretch in itertools.groupby(sentences, key=lambda it: it.source):
        if source:
            gone = list(stretch)
            text = " ".join(work.lines[it.paragraph][it.begin : it.end].strip() for it in gone)
            detail = (
                f"{source}, {len(gone)} sentences of {len(text)} characters, "
                f"from paragraph {gone[0].paragraph + 1}"
            )
            yield Rejection(
                work.file, "passage repeated from another work", detail, text=shorten(text)
            )
