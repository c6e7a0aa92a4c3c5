r"""Rules that unify the variants of punctuation marks, so that a model need not learn them all.

They are part of `pipeline.reading.normalization`, are applied in its order, and use only syntax
that means the same in Python's ``re`` and in RE2. No rule matches what the rules produce, so any
part of a normalised line is normalised.

Evidence from 109 Korean novels published before 1962: speech is written in " (78 works), “ ” (27),
「 」 (10 works; 86 % of 11,470 pairs begin a paragraph) and 『 』 (13 works; 97 % of 5,664); where
one kind of bracket is nested in the other, it marks a word, not speech.
"""

Rule = tuple[str, str]  # pattern, replacement
RuleGroup = tuple[str, tuple[Rule, ...]]  # a character class that the rules need, and the rules

_SYLLABLE = "가-힣"
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # ！ to ～, in the order of ASCII
_FULL_WIDTH_OFFSET = 0xFEE0
_MAX_NESTED = 4  # words in brackets inside a speech that become ‘ ’; further ones become “ ”


def full_width(independent: str) -> RuleGroup:
    """Return rules that turn full-width forms into ASCII, with a space after full-width marks.

    Args:
        independent: class of characters that never compose with the one before them.
    """
    ascii_forms = ((chr(code), chr(code - _FULL_WIDTH_OFFSET)) for code in _FULL_WIDTH)
    rules = (
        (f"([，．！？：；。、｡､])([{_SYLLABLE}])", r"\1 \2"),
        (f"([{_SYLLABLE}][，．！？：；。、｡､])([“‘「『])", r"\1 \2"),
        (f"([！-～])([^{independent}])", r"\1 \2"),
        *((wide, narrow.replace("\\", r"\\")) for wide, narrow in ascii_forms),
    )
    return "！-～。、｡､", rules


_OPENERS = r" (\[{<〈《“‘"  # characters that an opening mark may follow; or the start of the line


def _paired(mark: str, opening: str, closing: str) -> tuple[Rule, ...]:
    """Return rules that turn a straight mark into an opening or closing one."""
    last = f"[^{mark}{_OPENERS}]"
    return (
        (f"(^|[{_OPENERS}]){mark}([^{mark}]*{last}){mark}", rf"\1{opening}\2{closing}"),
        (f"{mark}([^{mark} ](?:[^{mark}]*{last})?){mark}", rf"{opening}\1{closing}"),
        (f" {mark}$", f" {closing}"),
        (f"(^|[{_OPENERS}]){mark}", rf"\1{opening}"),
        (mark, closing),
    )


_ELLIPSIS = r"(?:[…‥⋯]|[.。｡]{2,}|[·‧․ㆍ∙・･]{2,})+"
_DASH = "-*(?:[―—─━⸺⸻]|--)[―—─━⸺⸻-]*"

MARKS: tuple[RuleGroup, ...] = (
    (".。｡…‥⋯·‧․ㆍ∙・･", ((_ELLIPSIS, "…"),)),
    # After Hangul only; Chinese and Japanese text keeps its own.
    ("。、｡､", ((f"([{_SYLLABLE}])[。｡]", r"\1."), (f"([{_SYLLABLE}])[、､]", r"\1,"))),
    ("―—─━⸺⸻-", ((_DASH, "―"),)),
    (
        "「『",
        (
            *((r"([“『][^”』「“『]*)「([^」「』”]*)」", r"\1‘\2’"),) * _MAX_NESTED,
            *((r"([“「][^”」『“「]*)『([^』『」”]*)』", r"\1‘\2’"),) * _MAX_NESTED,
        ),
    ),
    ("„‟«「『｢〝❝»」』｣〞〟❞", (("[„‟«「『｢〝❝]", "“"), ("[»」』｣〞〟❞]", "”"))),
    ('"', _paired('"', "“", "”")),
    ("‹‚‛❛›❜", (("[‹‚‛❛]", "‘"), ("[›❜]", "’"))),
    (
        "`´'",
        (("[`´]", "'"), ("([A-Za-z])'([A-Za-z])", r"\1’\2"), *_paired("'", "‘", "’")),
    ),
)
