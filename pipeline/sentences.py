"""Splits paragraphs into sentences with Kiwi, without losing a character."""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence

from kiwipiepy import Kiwi

_ENDS = (". ", "? ", "! ", '" ', "” ", "」 ")
LONGEST_BLOCK = 4000  # characters handed to Kiwi at once; its time grows faster than the text


def split_sentences(paragraphs: Sequence[str]) -> list[str]:
    """Returns the sentences of normalised paragraphs, in order.

    No sentence reaches across two paragraphs, and all characters but the spaces between sentences
    are kept.
    """
    blocks = [block for paragraph in paragraphs for block in _blocks(paragraph)]
    # Given many texts, Kiwi works on all cores and answers in order.
    results = _kiwi().split_into_sents(blocks, return_sub_sents=False)
    return [
        sentence
        for block, found in zip(blocks, results, strict=True)
        for sentence in _cut(block, (part.start for part in found))
    ]


@functools.cache
def _kiwi() -> Kiwi:
    """One analyser a process; names of several words do not change where sentences end."""
    return Kiwi(load_multi_dict=False)


def _cut(text: str, starts: Iterable[int]) -> Iterator[str]:
    """Cuts where Kiwi's sentences begin, so that what it leaves between them stays."""
    borders = sorted({0, len(text), *starts})
    for start, end in itertools.pairwise(borders):
        if sentence := text[start:end].strip(" "):
            yield sentence


def _blocks(paragraph: str) -> Iterator[str]:
    """Cuts a very long paragraph behind a sentence's mark, or else at a space."""
    while len(paragraph) > LONGEST_BLOCK:
        head = paragraph[:LONGEST_BLOCK]
        end = max(head.rfind(mark) + len(mark) - 1 for mark in _ENDS)
        if end < LONGEST_BLOCK // 2:
            end = head.rfind(" ")
        if end <= 0:
            end = LONGEST_BLOCK
        yield paragraph[:end]
        paragraph = paragraph[end:].lstrip(" ")
    if paragraph:
        yield paragraph
