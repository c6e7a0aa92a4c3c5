"""Learns the vocabulary: the pieces of a SentencePiece unigram model.

The candidates are all substrings that occur twice or more. Expectation maximisation estimates
their probabilities, and pruning keeps the useful ones. The estimate is biased towards known
boundaries inside words, so that nouns and particles, stems and endings tend to be separate pieces.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import JobError
from pipeline.vocabulary import sentencepiece_model, unigram
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation
from pipeline.vocabulary.substrings import WORD_BOUNDARY, count_pretokens, find_substrings

MAX_PIECE_LENGTH = 8  # characters, the word boundary mark ▁ included
REQUIRED_CHARACTERS = frozenset(WORD_BOUNDARY + "".join(map(chr, range(0x21, 0x7F))))  # and ASCII
# Share of the text whose characters are pieces, like SentencePiece's character_coverage (0.9995);
# rarer characters are encoded in bytes. At 0.9995 a third of 8,000 pieces are single characters.
CHARACTER_COVERAGE = 0.998


@dataclass(frozen=True)
class Vocabulary:
    """A learned vocabulary.

    Attributes:
        model: a serialised SentencePiece model.
        size: number of its pieces, reserved ones included.
    """

    model: bytes
    size: int


def learn(eojeols: Mapping[str, int], size: int, words: WordSegmentation) -> Vocabulary:
    """Learn up to `size` pieces; fewer if the text has no more candidates.

    Args:
        eojeols: counts of the eojeol of the text.
        size: number of pieces wanted, reserved ones included.
        words: boundaries inside words.

    Raises:
        JobError: if the reserved pieces and the required characters alone exceed `size`.
    """
    pretokens = count_pretokens(eojeols)
    required = REQUIRED_CHARACTERS | _common_characters(pretokens)
    smallest = sentencepiece_model.RESERVED + len(required)
    if size < smallest:
        raise JobError(
            f"--vocab_size {size} is too small: this text needs {smallest} pieces (256 bytes, "
            f"{len(required)} characters, 4 special pieces); use --vocab_size {smallest} or more"
        )
    # A required character must occur in the corpus, or it would have no count.
    for character in REQUIRED_CHARACTERS:
        pretokens.setdefault(character, 1)
    corpus = find_substrings(pretokens, MAX_PIECE_LENGTH, 2, words.boundaries)
    pieces = unigram.train(corpus, size - sentencepiece_model.RESERVED, required)
    size = sentencepiece_model.RESERVED + len(pieces.texts)
    return Vocabulary(sentencepiece_model.serialize(pieces), size)


def _common_characters(pretokens: Mapping[str, int]) -> set[str]:
    """The most frequent characters, up to `CHARACTER_COVERAGE`; none that occurs only once."""
    counts: Counter[str] = Counter()
    for pretoken, count in pretokens.items():
        for character in pretoken:
            counts[character] += count
    wanted = CHARACTER_COVERAGE * counts.total()
    common: set[str] = set()
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if wanted <= 0 or count < 2:
            break
        common.add(character)
        wanted -= count
    return common
