r"""One normal form of a line of text, the same here and inside the exported model's graph.

A line is brought into NFC and then goes through `REPLACEMENTS` in order. The trainer reads the
same rules from dataset.json and applies them with ``tf_text.normalize_utf8`` and
``tf.strings.regex_replace``, so the patterns use only what means the same in Python's ``re`` and
in RE2: characters, ``\xhh`` below U+0100, ranges in classes, groups, ``^`` and ``$``.

Nothing of a reader's text changes except white space, invisible characters, and SentencePiece's
own mark for a space. SentencePiece's default (NFKC) would turn ㅋ into a conjoining jamo and … into
three dots.
"""

import re
import unicodedata
from typing import Literal

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

REPLACEMENTS: tuple[tuple[str, str], ...] = (
    ("\u2581", "_"),
    # Removing what stands between two characters could make them compose, and the result would
    # not be in NFC; a space keeps them apart.
    (f"[{_INVISIBLE}{_JOINER}]+([^{_INDEPENDENT}])", r" \1"),
    (f"[{_INVISIBLE}]+", ""),
    # The zero-width joiner stays where it joins emoji.
    (f"([^{_EMOJI}]){_JOINER}+", r"\1"),
    (f"^{_JOINER}+", ""),
    (f"[{_SPACES}]+", " "),
    ("^ +", ""),
    (" +$", ""),
)

_COMPILED = tuple((re.compile(pattern), by) for pattern, by in REPLACEMENTS)


def normalize(line: str) -> str:
    """Returns the line in normal form: no line end, no space at either end; idempotent."""
    line = unicodedata.normalize(FORM, line)
    for pattern, by in _COMPILED:
        line = pattern.sub(by, line)
    return line


def as_json() -> dict[str, object]:
    """The rules as dataset.json holds them."""
    return {"form": FORM, "replacements": [list(rule) for rule in REPLACEMENTS]}
