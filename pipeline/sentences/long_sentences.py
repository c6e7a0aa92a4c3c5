"""Splits sentences that have too many tokens, at the ends of clauses if possible."""

import re
import unicodedata
from collections.abc import Sequence

from sentencepiece import SentencePieceProcessor

from pipeline.sentences import quotations
from pipeline.sentences.quotations import Span
from pipeline.sentences.splitting import MAX_QUOTATION_LENGTH

JOINER = "\u200d"

# A mark or a conjunctive ending (가고, 가며, 가지만, 가니까), and the space after it.
_CLAUSE_END = re.compile(
    r"(?:[,、，;:.?!…][”’」』\"')\]]*"
    r"|[가-힣](?:고|며|면|(?<!에)서|(?<!머)니|지만|거나|으나|다가|더니|[는은던]데|므로|도록|니까)) "
)


def split_long(sentence: str, tokenizer: SentencePieceProcessor, most: int) -> list[str]:
    """Return parts of at most `most` tokens; the sentence itself if it is short enough.

    The sentence is halved until all parts fit: near the middle, at the end of a clause outside
    quotations if there is one, else at a space, else anywhere. All characters are kept but for the
    spaces at the cuts.
    """
    if len(sentence) <= 1 or len(tokenizer.encode(sentence)) <= most:
        return [sentence]
    before, after = _halve(sentence)
    return split_long(before, tokenizer, most) + split_long(after, tokenizer, most)


def _halve(sentence: str) -> tuple[str, str]:
    kept = quotations.spans(sentence, MAX_QUOTATION_LENGTH)
    spaces = [position for position, character in enumerate(sentence) if character == " "]
    clauses = [found.end() - 1 for found in _CLAUSE_END.finditer(sentence)]
    near = [cut for cut in clauses if len(sentence) / 4 <= cut <= len(sentence) * 3 / 4]
    for positions in (_outside(near, kept), _outside(spaces, kept), near, spaces):
        if positions:
            cut = min(positions, key=lambda position: abs(position - len(sentence) / 2))
            return sentence[:cut], sentence[cut + 1 :]
    cut = len(sentence) // 2
    # Avoid cutting between a character and its combining marks, or inside an emoji sequence.
    while cut < len(sentence) - 1 and (
        unicodedata.category(sentence[cut]).startswith("M") or JOINER in sentence[cut - 1 : cut + 1]
    ):
        cut += 1
    return sentence[:cut], sentence[cut:]


def _outside(positions: Sequence[int], kept: Sequence[Span]) -> list[int]:
    return [position for position in positions if not quotations.is_inside(position, kept)]
