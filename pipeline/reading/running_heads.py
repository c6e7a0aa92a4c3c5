"""Rejects running heads: the title, author or chapter printed on every page of a book.

Novels repeat lines too: a refrain, “네.”, 하고 물었다. Three features together distinguish a
running head: it does not end like a sentence or a speech, it recurs with increasing page numbers or
at regular distances, and it recurs many times.
"""

import itertools
import re
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.reading.lines import SourceLine

MAX_LENGTH = 40  # characters
MIN_NUMBERED = 3  # occurrences with increasing page numbers
MIN_UNNUMBERED = 5  # occurrences without page numbers
MIN_DISTANCE = 300  # characters from one to the next; pages are not shorter
MAX_VARIATION = 0.35  # standard deviation of the distances, relative to their mean

_PAGE = r"\d{1,4}"
_SEPARATOR = r"[\s|│/·ㆍ•:~<>〈〉\[\]()－\-–—―─]*"
_NUMBERED = re.compile(
    rf"{_SEPARATOR}(?:(?P<before>{_PAGE}){_SEPARATOR}(?P<title>\D.*?)"
    rf"|(?P<head>\D.*?){_SEPARATOR}(?P<after>{_PAGE})){_SEPARATOR}"
)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_ENDS_AS_PROSE = re.compile(r"[.,!?…:;~\"'”’」』)]$|^[\"'“‘「『]")


def mark_running_heads(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """Reject lines that recur like running heads."""
    numbered: dict[str, list[tuple[int, int]]] = defaultdict(list)  # (index, page) by title
    plain: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if line.rejected or len(line.text) > 2 * MAX_LENGTH:
            continue
        text = " ".join(line.text.split())
        if len(text) > MAX_LENGTH or not _LETTER.search(text):
            continue
        if _DIGIT.search(text) and (found := _NUMBERED.fullmatch(text)):
            title = found["title"] or found["head"]
            numbered[title].append((index, int(found["before"] or found["after"])))
        if not _ENDS_AS_PROSE.search(text):
            plain[text].append(index)
    heads = {index for places in plain.values() if _are_even(places, lines) for index in places}
    for places in numbered.values():
        if _are_pages(places):
            heads.update(index for index, _ in places)
    return [
        replace(line, rejected="running header or footer") if index in heads else line
        for index, line in enumerate(lines)
    ]


def _are_pages(places: Sequence[tuple[int, int]]) -> bool:
    """Whether the numbers increase as page numbers do, by at most 50 at a time."""
    pages = [page for _, page in places]
    steps = [later - earlier for earlier, later in itertools.pairwise(pages)]
    return len(pages) >= MIN_NUMBERED and all(0 < step <= 50 for step in steps)


def _are_even(places: Sequence[int], lines: Sequence[SourceLine]) -> bool:
    """Whether the stretches of text between the lines are similar in length, like pages."""
    if len(places) < MIN_UNNUMBERED:
        return False
    distances = [
        sum(len(line.text) for line in lines[begin:end])
        for begin, end in itertools.pairwise(places)
    ]
    mean = statistics.mean(distances)
    return mean >= MIN_DISTANCE and statistics.pstdev(distances) <= MAX_VARIATION * mean
