"""Learns the vocabulary: soynlp's words become pieces of a SentencePiece unigram model.

An L part of an eojeol becomes a piece with SentencePiece's mark of a space before it, an R part a
piece without; strings in other scripts and punctuation, about which soynlp says nothing, only need
to be frequent. Expectation maximisation then gives the pieces their probabilities and leaves the
useful ones.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline import model_file, unigram
from pipeline.errors import JobError
from pipeline.substrings import SPACE, count_chunks, find_substrings
from pipeline.words import Words, extract_words

LONGEST_PIECE = 8  # characters, the mark of a space counted
ALWAYS = frozenset(SPACE + "".join(map(chr, range(0x21, 0x7F))))  # the mark and visible ASCII
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True)
class Vocabulary:
    """A serialised SentencePiece model and the number of its pieces, reserved ones included."""

    model: bytes
    size: int


def learn(eojeols: Mapping[str, int], size: int) -> Vocabulary:
    """Learns up to `size` pieces, fewer if the text does not offer as many.

    Raises:
        JobError: if the reserved pieces and the characters of the text already need more.
    """
    chunks = count_chunks(eojeols)
    required = ALWAYS | _repeated_characters(chunks)
    smallest = model_file.RESERVED + len(required)
    if size < smallest:
        raise JobError(
            f"--vocab_size {size} is too small: the characters of this text need {smallest} "
            f"(256 bytes, {len(required)} characters, 4 marks); use --vocab_size {smallest} or more"
        )
    # A character that must be a piece needs a place in the corpus to be counted at.
    for character in ALWAYS:
        chunks.setdefault(character, 1)
    min_frequency = _min_frequency(sum(eojeols.values()))
    corpus = find_substrings(chunks, LONGEST_PIECE, at_least=2)
    words = extract_words(eojeols, min_frequency)
    corpus.keep(np.array([_is_candidate(text, words) for text in corpus.texts]))
    pieces = unigram.train(corpus, size - model_file.RESERVED, required)
    return Vocabulary(model_file.serialize(pieces), model_file.RESERVED + len(pieces.texts))


def _min_frequency(eojeols: int) -> int:
    """What counts as frequent: soynlp's default of 5 in a library, 2 in a handful of stories."""
    return min(5, max(2, eojeols // 50_000))


def _repeated_characters(chunks: Mapping[str, int]) -> set[str]:
    counts: Counter[str] = Counter()
    for chunk, count in chunks.items():
        for character in chunk:
            counts[character] += count
    return {character for character, count in counts.items() if count >= 2}


def _is_candidate(text: str, words: Words) -> bool:
    if len(text) == 1 or not _HANGUL.search(text):
        return True
    return text[1:] in words.left if text[0] == SPACE else text in words.right
