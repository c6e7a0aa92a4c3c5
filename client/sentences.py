"""What is typed or pasted, made safe to show and split into sentences.

The training corpus is split by kiwipiepy; a writer's laptop does without it. Punctuation and
quotation marks are enough here, because a writer sees the result and can undo it.
"""

import re
import unicodedata

# ECMA-48 sequences: CSI (colours, cursor), OSC and its kin (titles, clipboard), two-byte escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
# Overrides of the writing direction show other text than is stored; a byte order mark, nothing.
_INVISIBLE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

_END = re.compile(r"[.!?。！？…]+")
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")", '"': '"'}
_CLOSING = frozenset(_PAIRS.values()) | {"'"}
# "3. 차례", "J. Kim", "Mr. Kim": a full stop that ends no sentence.
_ABBREVIATION = re.compile(r"(?:\d+|[A-Za-z]|Mrs?|Ms|Dr|St)\.")


def clean(text: str) -> str:
    """Return ``text`` on one line, in NFC, with nothing in it that could steer a terminal.

    Escape sequences go as a whole; tabs and line breaks become spaces; other control characters,
    lone surrogates and direction overrides are dropped. Joiners stay: emoji are made of them.
    """
    text = _BREAKS.sub(" ", _ESCAPES.sub("", text))
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c not in _INVISIBLE)
    return re.sub(r" +", " ", unicodedata.normalize("NFC", "".join(kept))).strip()


def split_sentences(text: str) -> list[str]:
    """Split typed or pasted text into clean sentences, without losing a visible character.

    A line break always ends a sentence. Within a line a sentence ends where final punctuation and
    the quotation marks that close after it are followed by a space; not inside an open quotation.
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
    """Return for each character whether it stands inside quotation marks that close later on."""
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
