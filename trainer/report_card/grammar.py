"""Grammar, as judged by Kiwi's morphological analyser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from trainer.report_card.particles import has_wrong_particle
from trainer.report_card.windows import Window

PERCENTILE = 5
CALIBRATION_SENTENCES = 4000  # approximate number of human ones that the percentile is taken from
SPEECH = re.compile("[“”\"‘’']")
FINAL_ENDING = "EF"
PUNCTUATION = ("SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW")


class Grammar:
    """Analyses sentences; the threshold for unlikely ones is calibrated on human text.

    Args:
        human: sentences of held-out human text.
    """

    def __init__(self, human: Sequence[str]):
        from kiwipiepy import Kiwi

        self.kiwi = Kiwi(load_multi_dict=False)
        self.analyse = lru_cache(maxsize=None)(self._analyse)
        step = max(1, len(human) // CALIBRATION_SENTENCES)
        self.unlikely_below = float(
            np.percentile([self.score(sentence) for sentence in human[::step]], PERCENTILE)
        )

    def score(self, sentence: str) -> float:
        """Log-probability per morpheme."""
        tokens, log_prob = self.analyse(sentence)
        return log_prob / max(1, len(tokens))

    def morphemes(self, sentence: str) -> list[str]:
        """Surface forms of the morphemes, without punctuation."""
        return [token.form for token in self.analyse(sentence)[0] if token.tag not in PUNCTUATION]

    def unlikely(self, window: Window) -> tuple[float, float]:
        """Sentences below the human 5th percentile, and all sentences."""
        scores = [self.score(sentence) for sentence in window.sentences]
        return sum(score < self.unlikely_below for score in scores), len(scores)

    def final_endings(self, window: Window) -> tuple[float, float]:
        """Sentences of narration that end in a final ending (종결 어미), and all narration.

        Sentences with speech are left out: speech may break off, and the words that attribute it
        need not end a sentence.
        """
        narration = [sentence for sentence in window.sentences if not SPEECH.search(sentence)]
        return sum(map(self._ends, narration)), len(narration)

    def wrong_particles(self, window: Window) -> tuple[float, float]:
        """Sentences with a particle in the wrong form, and all sentences."""
        wrong = sum(has_wrong_particle(sentence, self.analyse) for sentence in window.sentences)
        return wrong, len(window.sentences)

    def _ends(self, sentence: str) -> bool:
        tags = [token.tag for token in self.analyse(sentence)[0] if token.tag not in PUNCTUATION]
        return bool(tags) and tags[-1] == FINAL_ENDING

    def _analyse(self, sentence: str) -> tuple[list[Any], float]:
        return self.kiwi.analyze(sentence)[0]
