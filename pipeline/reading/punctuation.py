r"""Rules that write each mark of punctuation in one way, so that a model need not learn several.

They are part of `pipeline.reading.normalization`, run in its order, and use only what means the
same in Python's ``re`` and in RE2. What a rule looks for does not occur in what the rules make, so
any part of a normalised line is a normalised line.

Evidence from 109 Korean novels of before 1962: speech stands in " (78 works), “ ” (27), 「 」 (10
works; of 11,470 pairs 86 % begin a paragraph) and 『 』 (13 works; 97 % of 5,664); where one kind
of bracket stands inside the other, it marks a word, not speech.
"""

Rule = tuple[str, str]  # pattern, replacement
RuleGroup = tuple[str, tuple[Rule, ...]]  # characters (of a class) without which no rule applies

_SYLLABLE = "가-힣"
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # ！ to ～, in the order of ASCII
_FULL_WIDTH_OFFSET = 0xFEE0
_MAX_NESTED = 4  # words in brackets inside one speech that become ‘ ’; further ones become “ ”


def full_width(independent: str) -> RuleGroup:
    """Full-width forms become ASCII; marks that had their space inside them get one.

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


_OPENERS = r" (\[{<〈《“‘"  # what an opening mark may follow, besides the start of the line


def _paired(mark: str, opening: str, closing: str) -> tuple[Rule, ...]:
    """A mark that does not say whether it opens or closes: by its neighbours, then in pairs."""
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
    # Where they end or divide Korean; Chinese and Japanese keep theirs.
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
