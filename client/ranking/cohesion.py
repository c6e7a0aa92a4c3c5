"""Lexical cohesion: words shared with the story, weighted by rarity and recency.

Korean words take particles and endings, so the first two syllables stand for a word; that needs no
morphological analyser. Rarity is an inverse sentence frequency, as in TF-IDF.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"\w{2,}")
STEM_SYLLABLES = 2
DECAY = 0.93  # factor on a word's weight for each sentence since its last use


@lru_cache(8192)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a sentence's words; one-letter words are ignored."""
    return frozenset(word[:STEM_SYLLABLES] for word in _WORD.findall(text))


class Cohesion:
    """The weights of a story's words; ``story``: sentences, oldest first."""

    def __init__(self, story: Sequence[str]) -> None:
        in_sentences = Counter(stem for sentence in story for stem in stems(sentence))
        last = {stem: i for i, sentence in enumerate(story) for stem in stems(sentence)}
        end = len(story) - 1
        self._weights = {
            stem: math.log((len(story) + 1) / (in_sentences[stem] + 0.5)) * DECAY ** (end - i)
            for stem, i in last.items()
        }

    def score(self, text: str) -> float:
        """Return the summed weight of the shared words, over the square root of the word count."""
        own = stems(text)
        shared = math.fsum(self._weights.get(stem, 0.0) for stem in own)
        return shared / math.sqrt(len(own) + 1)
