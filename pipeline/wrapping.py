"""Cuts sentences that have too many tokens into parts that read well."""

import unicodedata

from sentencepiece import SentencePieceProcessor

JOINER = "\u200d"


def wrap(sentence: str, tokenizer: SentencePieceProcessor, most: int) -> list[str]:
    """Returns parts of at most `most` tokens: the sentence itself if it is short enough.

    It is halved until all parts fit: behind the comma nearest to the middle if one stands in the
    middle half, else at the nearest space, else anywhere. The parts have all characters of the
    sentence but the spaces where it was cut.
    """
    if len(sentence) <= 1 or len(tokenizer.encode(sentence)) <= most:
        return [sentence]
    before, after = _halve(sentence)
    return wrap(before, tokenizer, most) + wrap(after, tokenizer, most)


def _halve(sentence: str) -> tuple[str, str]:
    middle = len(sentence) / 2
    spaces = [place for place, character in enumerate(sentence) if character == " "]
    commas = [
        place
        for place in spaces
        if sentence[place - 1] in ",、，;:" and abs(place - middle) <= len(sentence) / 4
    ]
    if places := commas or spaces:
        cut = min(places, key=lambda place: abs(place - middle))
        return sentence[:cut], sentence[cut + 1 :]
    cut = len(sentence) // 2
    # Not between a character and its accents, nor inside an emoji, if that can be helped.
    while cut < len(sentence) - 1 and (
        unicodedata.category(sentence[cut]).startswith("M") or JOINER in sentence[cut - 1 : cut + 1]
    ):
        cut += 1
    return sentence[:cut], sentence[cut:]
