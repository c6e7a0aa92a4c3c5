"""Cleans typed or pasted text and splits it into sentences.

The training corpus is split by kiwipiepy, which the client does without: punctuation and quotation
marks suffice, because a writer sees the result and can undo it.
"""

import re
import unicodedata

# ECMA-48 sequences: CSI (colours, cursor), OSC and similar (titles, clipboard), two-byte escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
# Direction overrides, which display other text than is stored, and the byte order mark.
_INVISIBLE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

_END = re.compile(r"[.!?。！？…]+")
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")", '"': '"'}
_CLOSING = frozenset(_PAIRS.values()) | {"'"}
# "3. 차례", "J. Kim", "Mr. Kim": a full stop that does not end a sentence.
_ABBREVIATION = re.compile(r"(?:\d+|[A-Za-z]|Mrs?|Ms|Dr|St)\.")


def clean(text: str) -> str:
    """Return ``text`` on one line, in NFC, without anything that could control a terminal.

    Removes escape sequences, control characters, lone surrogates and direction overrides; tabs and
    line breaks become spaces. Joiners stay: emoji need them.
    """
    text = _BREAKS.sub(" ", _ESCAPES.sub("", text))
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c not in _INVISIBLE)
    return re.sub(r" +", " ", unicodedata.normalize("NFC", "".join(kept))).strip()


def split_sentences(text: str) -> list[str]:
    """Split typed or pasted text into clean sentences; no visible character is lost.

    A line break always ends a sentence. Within a line, a sentence ends where final punctuation,
    with any closing quotation marks, is followed by a space, except inside a quotation.
    """
    lines = map(clean, text.splitlines())
    return [sentence for line in lines for sentence in _split_line(line)]


def _split_line(line: str) -> list[str]:
    quoted = _quoted(line)
    sentences, start = [], 0
    for match in _END.finditer(line):
        end = match.end()
        while end < len(line) and line[end] in _CLOSING:
            end += 1
        if (
            line[end : end + 1] != " "
            or quoted[end]
            or not match.group().strip("…")
            or _ABBREVIATION.fullmatch(line, line.rfind(" ", start, end) + 1 or start, end)
        ):
            continue
        sentences.append(line[start:end])
        start = end + 1
    return [sentence for sentence in (*sentences, line[start:]) if sentence.strip()]


def _quoted(line: str) -> list[bool]:
    """Return for each character whether it is inside quotation marks that are closed later."""
    quoted = [False] * (len(line) + 1)
    closing, opened = "", 0
    for i, c in enumerate(line):
        if closing:
            if c == closing:
                quoted[opened:i] = [True] * (i - opened)
                closing = ""
        elif c in _PAIRS:
            closing, opened = _PAIRS[c], i
    return quoted
