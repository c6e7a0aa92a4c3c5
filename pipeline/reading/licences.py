"""Rejects licences, rights notices and colophons."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.reading.lines import SourceLine

_GUTENBERG = re.compile(
    r"\*\*\*\s*(START|END) OF (?:THE|THIS) PROJECT GUTENBERG EBOOK", re.IGNORECASE
)
# Every notice contains one of these; looking for them first is ten times as fast.
_WORDS = ("저작", "무단", "위키", "퍼블릭", "크리에이티브", "©", "ⓒ")
_LATIN = re.compile(r"[A-Za-z]{2}")
# Phrases that occur in rights notices only.
_NOTICE = re.compile(
    r"creativecommons\.org|\bCreative Commons\b|크리에이티브\s*커먼즈|\bCC[ -]BY\b|\bCC0\b"
    r"|위키문헌.{0,60}(?:라이선스|저작권|퍼블릭\s*도메인|사용할 수 있)|퍼블릭\s*도메인"
    r"|\bGFDL\b|\bGNU Free Documentation|Project Gutenberg"
    r"|이 저작물(?:은|이|을|의).{0,80}(?:저작권|저작자|사망|보호|이용)"
    r"|저작자\s*표시\s*[-–—]?\s*(?:비영리|동일조건|변경)"
    r"|무단\s*(?:전재|복제|배포|전송|도용|사용|복사).{0,40}(?:금지|금합|금함|없이|처벌|책임)"
    r"|저작권은.{0,40}(?:있습니다|있음|귀속)|저작권법.{0,40}(?:보호|의거|의하여|따라)"
    r"|All rights reserved|(?:Copyright|저작권)\s*(?:\(c\)|[©ⓒ])|^\s*[©ⓒ]\s*\S.{0,60}\d{4}"
    r"|\bISBN[ :-]*[\d-]{10,}",
    re.IGNORECASE,
)
_COLOPHON = re.compile(
    r"(?:지은이|저자|글쓴이|옮긴이|역자|엮은이|그린이|펴낸이|펴낸곳|발행인|발행처|발행일|편집인?|디자인"
    r"|마케팅|제작|인쇄|제본|출판등록|등록번호|등록일|주소|전화|팩스|이메일|홈페이지|정가|값|ISBN"
    r"|초판\s*\d*\s*쇄?\s*(?:발행|인쇄|펴낸\s*날)?|전자책\s*(?:발행|출간)일?)"
    r"\s*(?:[:：|│/]|\s{2,}|\t|\d{4}[년.-])"
)
_SPEECH = re.compile(r"\s*[\"'“‘「『]")
MIN_COLOPHON_LINES = 3
MAX_GAP = 3  # lines from one line of a colophon to the next


def mark_licences(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """Reject text outside Project Gutenberg's markers, rights notices, and colophons."""
    rejected = _outside_gutenberg(lines) | _colophons(lines)
    return [
        line
        if line.rejected or not (index in rejected or _is_notice(line.text))
        else replace(line, rejected="licence or imprint")
        for index, line in enumerate(lines)
    ]


def _is_notice(text: str) -> bool:
    if not (any(word in text for word in _WORDS) or _LATIN.search(text)):
        return False
    return not _SPEECH.match(text) and bool(_NOTICE.search(text))


def _outside_gutenberg(lines: Sequence[SourceLine]) -> set[int]:
    begin, end = 0, len(lines)
    for index, line in enumerate(lines):
        if "***" in line.text and (found := _GUTENBERG.search(line.text)):
            if found[1].upper() == "START":
                begin = index + 1
            else:
                end = min(end, index)
    return {*range(begin), *range(end, len(lines))} if begin <= end else set()


def _colophons(lines: Sequence[SourceLine]) -> set[int]:
    found = [index for index, line in enumerate(lines) if _COLOPHON.match(line.text.strip())]
    return {index for group in _close(found) if len(group) >= MIN_COLOPHON_LINES for index in group}


def _close(indices: Iterable[int]) -> list[list[int]]:
    """Return groups of indices at most `MAX_GAP` apart."""
    groups: list[list[int]] = []
    for index in indices:
        if groups and index - groups[-1][-1] <= MAX_GAP:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups
