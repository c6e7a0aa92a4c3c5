"""Rejects lines of a novel's file that are not part of the story.

rejected.jsonl lists what these rules reject; in doubtful cases they keep the line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.reading.licences import mark_licences
from pipeline.reading.lines import SourceLine
from pipeline.reading.running_heads import mark_running_heads

# Signs that separate scenes. Those with another meaning, such as a pause, must occur three times.
_SIGNS = frozenset("*＊⁎⁂☆★◇◆○●□■△▲▽▼▷▶◁◀♡♥❖※§×✕")
_FREQUENT_SIGNS = frozenset("-‐–—―─━=~_+#•xX")
MIN_FREQUENT_SIGNS = 3
_COUNTER = "장|부|화|회|편|절|막|권|쪽|면|페이지"
_NUMBER = re.compile(
    r"[\[(<〈{〔［（－\-–—―─~\s]*"
    r"(?:(?:p|pp|page)\.?\s*)?(?:제\s*)?"
    rf"(?:\d{{1,4}}(?:\s*/\s*\d{{1,4}})?(?:\s*(?:{_COUNTER}))?"
    r"|[一二三四五六七八九十百]{1,4}(?:\s*[章部回話])?"
    r"|(?<=제)\s*[일이삼사오육칠팔구십백]{1,4}\s*(?:장|부|막|절)"
    r"|[Ⅰ-Ⅻⅰ-ⅻ①-⑳]|X{0,3}(?:IX|IV|V?I{1,3}|V|X))"
    r"[\])>〉}〕］）－\-–—―─~.\s]*",
    re.IGNORECASE,
)
_RULES = frozenset("+-=|:│┃║─━═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬")
_CORNERS = frozenset("+|│┃║┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬")
_COLUMN_RULES = frozenset("|│┃║")
MAX_NUMBER_LENGTH = 30  # characters of a line that consists of a number
MIN_CELLS = 3  # in a row of a table without rules


def mark(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """Return the lines; those that are not prose are marked with the reason."""
    lines = mark_licences([_mark_line(line) for line in lines])
    return mark_running_heads(list(_mark_tab_tables(lines)))


def _mark_line(line: SourceLine) -> SourceLine:
    if line.rejected or not (reason := _reason(line.text.strip())):
        return line
    return replace(line, rejected=reason)


def _reason(text: str) -> str:
    if len(text) <= MAX_NUMBER_LENGTH and _NUMBER.fullmatch(text):
        return "page or section number"
    if _is_table_row(text):
        return "table"
    if _is_scene_break(text):
        return "scene break"
    return ""


def _is_scene_break(text: str) -> bool:
    if text[0] not in _SIGNS | _FREQUENT_SIGNS:
        return False
    signs = "".join(text.split())
    if not set(signs) <= _SIGNS | _FREQUENT_SIGNS:
        return False
    return bool(set(signs) & _SIGNS) or len(signs) >= MIN_FREQUENT_SIGNS


def _is_table_row(text: str) -> bool:
    """Whether a line consists of cells between rules, |a|b|, or is a rule with corners, +--+--+."""
    if text[0] not in _RULES:
        return False
    if text[0] in _COLUMN_RULES and text[-1] in _COLUMN_RULES:
        return sum(map(text.count, _COLUMN_RULES)) > 2
    used = set(text)
    return used <= _RULES | {" ", "\t"} and bool(used & _CORNERS) and len(text) > 2


def _mark_tab_tables(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    """Reject adjacent lines with the same number of tab-separated cells, three or more.

    A single such line may be a sentence with stray tabs.
    """
    cells = [
        len(list(filter(str.strip, line.text.split("\t")))) if "\t" in line.text else 1
        for line in lines
    ]
    for index, line in enumerate(lines):
        near = cells[max(0, index - 1) : index] + cells[index + 1 : index + 2]
        is_row = cells[index] >= MIN_CELLS and cells[index] in near and not line.rejected
        yield replace(line, rejected="table") if is_row else line
