"""Splits paragraphs into sentences, without losing a character.

A full stop, question mark or exclamation mark outside quotation marks ends a sentence. A quotation
is never cut unless it is long, and goes with what says who spoke: “가자.” 하고 그가 말했다.

Where no mark tells, as in 그는 갔다 나는 남았다, Kiwi is asked, about those stretches only: it
analyses every morpheme, which takes nearly all the time, and on running text marks are right more
often (benchmarks/sentences.py).
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from kiwipiepy import Kiwi

from pipeline.sentences import quotations
from pipeline.sentences.quotations import CLOSING_MARKS, QUOTATIVE, Span

MAX_QUOTATION_LENGTH = 120  # characters; a longer one is cut at its inner sentence ends
MAX_BLOCK_LENGTH = 4000  # characters handed to Kiwi at once; its time grows faster than the text

_CLOSING = re.escape(CLOSING_MARKS)
# A mark that may end a sentence, quotation marks that close behind it, and the space. Some texts
# leave the space out; there a verb's last syllable still tells.
_END = re.compile(
    rf"(?<![.?!。…])(?P<mark>[.?!。…]+)(?P<closing>[{_CLOSING}]*) +(?=[^ ])"
    r"|(?<=[다요까죠])[.?!](?=[가-힣“‘「『])"
)


def _syllables(final: int) -> str:
    """All Hangul syllables with one final consonant, by its number in Unicode's order."""
    return "".join(map(chr, range(ord("가") + final, ord("힣") + 1, 28)))


_N, _L, _SS = _syllables(4), _syllables(8), _syllables(20)
# Endings of a last verb (갔다, 간다, 갑니다, 가요, 갈까, 가느냐) with no mark behind them, and
# marks that end a sentence only sometimes.
_MAYBE_END = re.compile(
    rf"(?:[{_SS}{_N}니이]다|[가-힣][요죠냐]|(?:[습읍입]니|[{_L}])까|[.…~]) +(?=[^ ])"
    rf"(?!{QUOTATIVE.pattern}|[^ ]*[{_SS}]다[ ,])"  # 높았다 낮았다 하는 is one sentence
)


def split_sentences(paragraphs: Sequence[str]) -> list[str]:
    """Returns the sentences of normalised paragraphs, in order.

    No sentence reaches across two paragraphs, and all characters but the spaces between sentences
    are kept.
    """
    marked = [sentence for paragraph in paragraphs for sentence in split_at_marks(paragraph)]
    unsure = {place for place, sentence in enumerate(marked) if _needs_kiwi(sentence)}
    asked = iter(_split_with_kiwi([marked[place] for place in sorted(unsure)]))
    return [
        part
        for place, sentence in enumerate(marked)
        for part in (next(asked) if place in unsure else [sentence])
    ]


def split_at_marks(paragraph: str) -> list[str]:
    """Returns the sentences as far as marks tell, which takes next to no time."""
    kept = quotations.spans(paragraph, MAX_QUOTATION_LENGTH)
    return _cut(paragraph, _mark_boundaries(paragraph, kept))


def _mark_boundaries(text: str, kept: Sequence[Span]) -> Iterator[int]:
    """Yields where the sentences after the first begin."""
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
    """Whether a mark always ends a sentence: … and the dot of "3.1" and "Mr." do not."""
    if any(sure in mark for sure in "?!。"):
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
    """Yields the sentences of each text."""
    blocks = [list(_blocks(text)) for text in texts]
    # Given many texts, Kiwi works on all cores and answers in order.
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
        yield _cut(text, (place for place in boundaries if _can_begin(text, place, kept)))


def _can_begin(text: str, place: int, kept: Sequence[Span]) -> bool:
    """Whether Kiwi's boundary is believed: behind a space and no comma, outside quotations."""
    return (
        place >= 2
        and text[place - 1] == " "
        and text[place - 2] not in ",、:;" + CLOSING_MARKS
        and not quotations.is_inside(place, kept)
        and not QUOTATIVE.match(text, place)
    )


@functools.cache
def _kiwi() -> Kiwi:
    """One analyser a process; names of several words do not change where sentences end."""
    return Kiwi(load_multi_dict=False)


def _cut(text: str, boundaries: Iterable[int]) -> list[str]:
    """Cuts at the boundaries; a part without letters stays with the one before or after it."""
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
    """Cuts a very long text at spaces if it can; nothing is left out."""
    while len(text) > MAX_BLOCK_LENGTH:
        end = text.rfind(" ", MAX_BLOCK_LENGTH // 2, MAX_BLOCK_LENGTH) + 1 or MAX_BLOCK_LENGTH
        yield text[:end]
        text = text[end:]
    if text:
        yield text
