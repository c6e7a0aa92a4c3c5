"""Grammar, as Kiwi's morphological analyser sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from trainer.report_card.particles import breaks_rule
from trainer.report_card.windows import Window

PERCENTILE = 5
YARDSTICK = 4000  # human sentences that say what is unlikely
SPEECH = re.compile("[“”\"‘’']")
FINAL_ENDING = "EF"
MARKS = ("SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW")


class Grammar:
    """Analyses sentences; human ones say what is unlikely.

    Args:
        human: sentences of held-out human text.
    """

    def __init__(self, human: Sequence[str]):
        from kiwipiepy import Kiwi

        self.kiwi = Kiwi(load_multi_dict=False)
        self.analyse = lru_cache(maxsize=None)(self._analyse)
        step = max(1, len(human) // YARDSTICK)
        self.unlikely_below = float(
            np.percentile([self.score(sentence) for sentence in human[::step]], PERCENTILE)
        )

    def score(self, sentence: str) -> float:
        """Log-probability a morpheme."""
        tokens, log_prob = self.analyse(sentence)
        return log_prob / max(1, len(tokens))

    def morphemes(self, sentence: str) -> list[str]:
        """Forms of the morphemes, without marks."""
        return [token.form for token in self.analyse(sentence)[0] if token.tag not in MARKS]

    def unlikely(self, window: Window) -> tuple[float, float]:
        """Sentences below the human 5th percentile, and all sentences."""
        scores = [self.score(sentence) for sentence in window.sentences]
        return sum(score < self.unlikely_below for score in scores), len(scores)

    def final_endings(self, window: Window) -> tuple[float, float]:
        """Sentences that end in a final ending (종결 어미), and all; those with speech left out.

        Speech may break off, and what frames it need not end a sentence.
        """
        told = [sentence for sentence in window.sentences if not SPEECH.search(sentence)]
        return sum(map(self._ends, told)), len(told)

    def wrong_particles(self, window: Window) -> tuple[float, float]:
        """Sentences with a particle that breaks the batchim rule, and all sentences."""
        broken = sum(breaks_rule(sentence, self.analyse) for sentence in window.sentences)
        return broken, len(window.sentences)

    def _ends(self, sentence: str) -> bool:
        tags = [token.tag for token in self.analyse(sentence)[0] if token.tag not in MARKS]
        return bool(tags) and tags[-1] == FINAL_ENDING

    def _analyse(self, sentence: str) -> tuple[list[Any], float]:
        return self.kiwi.analyze(sentence)[0]
