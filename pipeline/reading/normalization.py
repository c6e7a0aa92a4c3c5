r"""Normalises lines of text, exactly as the exported model's graph does.

A line is converted to NFC, then the `replacements` are applied in order. The trainer reads the
same rules from dataset.json and applies them with ``tf_text.normalize_utf8`` and
``tf.strings.regex_replace``. The patterns therefore use only syntax that means the same in Python's
``re`` and in RE2: characters, ``\xhh`` below U+0100, ranges in classes, groups, ``^`` and ``$``.

Only these change: white space, invisible characters, SentencePiece's word boundary mark ▁,
variants of punctuation marks (`pipeline.reading.punctuation`) and, on request, Hanja in brackets
that repeat the Hangul before them. SentencePiece's default (NFKC) would turn ㅋ into a conjoining
jamo and … into three dots.
"""

import functools
import re
import unicodedata
from typing import Literal

from pipeline.reading import punctuation
from pipeline.reading.punctuation import Rule, RuleGroup

FORM: Literal["NFC"] = "NFC"

_SPACES = r"\x09-\x0d \x85\xa0" + "\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Controls, soft hyphen, zero-width and direction marks, byte order mark.
_INVISIBLE = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad"
    "\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_JOINER = "\u200d"
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# Characters that never compose with the one before them under NFC.
_INDEPENDENT = (
    r"\x00-\xff" + "\u0100-\u02ff\u0370-\u0482\u061c\u180e\u2000-\u20cf\u2100-\u2cee\u3000-\u3029"
    "\u3030-\u3098\u309b-\u9fff\uac00-\ud7a3\ue000-\ufb1d\ufb1f-\ufe1f\ufe30-\uffff"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff"
)

_HANJA = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_GLOSS = rf"(?:\([ ,·]*[{_HANJA}][{_HANJA} ,·]*\)|\[[ ,·]*[{_HANJA}][{_HANJA} ,·]*\])+"

# Rules in order, in groups. A group has no effect on a line without the group's characters; Python
# skips it to save time, the graph does not.
_CHARACTERS: tuple[RuleGroup, ...] = (
    ("\u2581", (("\u2581", "_"),)),
    (
        _INVISIBLE + _JOINER,
        (
            # Removing a character between two others could make them compose, and the result
            # would not be in NFC; a space keeps them apart.
            (f"[{_INVISIBLE}{_JOINER}]+([^{_INDEPENDENT}])", r" \1"),
            (f"[{_INVISIBLE}]+", ""),
            # The zero-width joiner stays where it joins emoji.
            (f"([^{_EMOJI}]){_JOINER}+", r"\1"),
            (f"^{_JOINER}+", ""),
        ),
    ),
    (_SPACES, ((f"[{_SPACES}]+", " "),)),
    punctuation.full_width(_INDEPENDENT),
)
_DROP_HANJA: RuleGroup = (
    _HANJA,
    (
        (f"([가-힣]){_GLOSS}([^{_INDEPENDENT}])", r"\1 \2"),
        (f"([가-힣]){_GLOSS}", r"\1"),
    ),
)
_MARKS: tuple[RuleGroup, ...] = (*punctuation.MARKS, (" ", (("^ +", ""), (" +$", ""))))


def normalize(line: str, drop_hanja: bool = False) -> str:
    """Return the line in normal form, without line ends or surrounding spaces; idempotent.

    Args:
        line: any text.
        drop_hanja: remove Hanja in brackets after Hangul, as in 한글(漢字).
    """
    line = unicodedata.normalize(FORM, line)
    for about, rules in _compiled(drop_hanja):
        if about.search(line):
            for pattern, by in rules:
                line = pattern.sub(by, line)
    return line


def replacements(drop_hanja: bool = False) -> tuple[Rule, ...]:
    """Return all rules in order."""
    return tuple(rule for _, rules in _groups(drop_hanja) for rule in rules)


def as_json(drop_hanja: bool = False) -> dict[str, object]:
    """Return the rules as dataset.json records them."""
    return {"form": FORM, "replacements": [list(rule) for rule in replacements(drop_hanja)]}


def _groups(drop_hanja: bool) -> tuple[RuleGroup, ...]:
    return (*_CHARACTERS, *((_DROP_HANJA,) if drop_hanja else ()), *_MARKS)


_Compiled = tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], str], ...]]


@functools.cache
def _compiled(drop_hanja: bool) -> tuple[_Compiled, ...]:
    return tuple(
        (re.compile(f"[{about}]"), tuple((re.compile(pattern), by) for pattern, by in rules))
        for about, rules in _groups(drop_hanja)
    )
