"""Splits paragraphs into sentences, without losing a character.

A full stop, question mark or exclamation mark outside quotation marks ends a sentence. A quotation
is not cut unless it is long, and stays with the words that attribute it: “가자.” 하고 그가 말했다.

Kiwi splits only the stretches where marks may be missing, as in 그는 갔다 나는 남았다. It analyses
every morpheme, which takes nearly all the time, and on running text marks are right more often
(benchmarks/sentences.py).
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from kiwipiepy import Kiwi

from pipeline.sentences import quotations
from pipeline.sentences.quotations import CLOSING_MARKS, QUOTATIVE, Span

MAX_QUOTATION_LENGTH = 120  # characters; a longer quotation is cut at its inner sentence ends
MAX_BLOCK_LENGTH = 4000  # characters passed to Kiwi at once; its time grows faster than linearly

_CLOSING = re.escape(CLOSING_MARKS)
# A mark that may end a sentence, closing marks after it, and a space. Where a text omits the space,
# the last syllable of a verb before the mark is required.
_END = re.compile(
    rf"(?<![.?!。…])(?P<mark>[.?!。…]+)(?P<closing>[{_CLOSING}]*) +(?=[^ ])"
    r"|(?<=[다요까죠])[.?!](?=[가-힣“‘「『])"
)


def _syllables(final: int) -> str:
    """Return all Hangul syllables with a final consonant, given by its number in Unicode."""
    return "".join(map(chr, range(ord("가") + final, ord("힣") + 1, 28)))


_N, _L, _SS = _syllables(4), _syllables(8), _syllables(20)
# Final verb endings (갔다, 간다, 갑니다, 가요, 갈까, 가느냐) without a mark after them, and marks
# that may or may not end a sentence.
_MAYBE_END = re.compile(
    rf"(?:[{_SS}{_N}니이]다|[가-힣][요죠냐]|(?:[습읍입]니|[{_L}])까|[.…~]) +(?=[^ ])"
    rf"(?!{QUOTATIVE.pattern}|[^ ]*[{_SS}]다[ ,])"  # 높았다 낮았다 하는 is one sentence
)


def split_sentences(paragraphs: Sequence[str]) -> list[str]:
    """Return the sentences of normalised paragraphs, in order.

    No sentence crosses a paragraph boundary. All characters are kept but for the spaces between
    sentences.
    """
    marked = [sentence for paragraph in paragraphs for sentence in split_at_marks(paragraph)]
    unclear = {index for index, sentence in enumerate(marked) if _needs_kiwi(sentence)}
    split = iter(_split_with_kiwi([marked[index] for index in sorted(unclear)]))
    return [
        part
        for index, sentence in enumerate(marked)
        for part in (next(split) if index in unclear else [sentence])
    ]


def split_at_marks(paragraph: str) -> list[str]:
    """Return the sentences that punctuation marks end, without Kiwi."""
    kept = quotations.spans(paragraph, MAX_QUOTATION_LENGTH)
    return _cut(paragraph, _boundaries_at_marks(paragraph, kept))


def _boundaries_at_marks(text: str, kept: Sequence[Span]) -> Iterator[int]:
    """Yield the positions where sentences begin, but for the first."""
    for found in _END.finditer(text):
        boundary = found.end()
        if quotations.is_inside(boundary, kept):
            continue
        if found["closing"]:
            if QUOTATIVE.match(text, boundary):
                continue
        elif found["mark"] and not _is_final(found["mark"], text[found.start() - 1]):
            continue
        yield boundary


def _is_final(mark: str, before: str) -> bool:
    """Whether a mark always ends a sentence; … and the dot of "3.1" or "Mr." do not."""
    if any(final in mark for final in "?!。"):
        return True
    return mark.endswith(".") and ".." not in mark and not (before.isascii() and before.isalnum())


def _needs_kiwi(sentence: str) -> bool:
    if not _MAYBE_END.search(sentence):
        return False
    kept = quotations.spans(sentence, MAX_QUOTATION_LENGTH)
    return any(
        not quotations.is_inside(found.end(), kept) for found in _MAYBE_END.finditer(sentence)
    )


def _split_with_kiwi(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the sentences of each text."""
    blocks = [list(_blocks(text)) for text in texts]
    # Given many texts, Kiwi uses all cores and returns results in order.
    results = iter(
        _kiwi().split_into_sents(itertools.chain.from_iterable(blocks), return_sub_sents=False)
    )
    for text, parts in zip(texts, blocks, strict=True):
        kept = quotations.spans(text, MAX_QUOTATION_LENGTH)
        begins = itertools.accumulate(map(len, parts), initial=0)
        boundaries = [
            begin + sentence.start
            for begin, sentences in zip(begins, itertools.islice(results, len(parts)), strict=False)
            for sentence in sentences
            if sentence.start
        ]
        yield _cut(text, (position for position in boundaries if _can_begin(text, position, kept)))


def _can_begin(text: str, position: int, kept: Sequence[Span]) -> bool:
    """Whether to accept a boundary from Kiwi: after a space, but no comma, outside quotations."""
    return (
        position >= 2
        and text[position - 1] == " "
        and text[position - 2] not in ",、:;" + CLOSING_MARKS
        and not quotations.is_inside(position, kept)
        and not QUOTATIVE.match(text, position)
    )


@functools.cache
def _kiwi() -> Kiwi:
    """Return the process's Kiwi; without multi-word names, which do not affect boundaries."""
    return Kiwi(load_multi_dict=False)


def _cut(text: str, boundaries: Iterable[int]) -> list[str]:
    """Cut at the boundaries; a part without letters stays attached to its neighbour."""
    parts: list[str] = []
    start = 0
    for boundary in [*boundaries, len(text)]:
        part = text[start:boundary]
        if boundary < len(text) and not _has_letter(part):
            continue
        if parts and not _has_letter(part):
            parts[-1] += part
        else:
            parts.append(part)
        start = boundary
    return [stripped for part in parts if (stripped := part.strip(" "))]


def _has_letter(text: str) -> bool:
    return any(map(str.isalnum, text))


def _blocks(text: str) -> Iterator[str]:
    """Cut a very long text into blocks, at spaces if possible; keep every character."""
    while len(text) > MAX_BLOCK_LENGTH:
        end = text.rfind(" ", MAX_BLOCK_LENGTH // 2, MAX_BLOCK_LENGTH) + 1 or MAX_BLOCK_LENGTH
        yield text[:end]
        text = text[end:]
    if text:
        yield text
