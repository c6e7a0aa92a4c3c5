"""Rejects candidates that are not worth showing."""

import math
from collections.abc import Iterable
from enum import Enum

from client.candidate import Candidate
from client.ranking.ending import Endings
from client.ranking.features import RankingContext
from client.ranking.josa import has_broken_josa
from client.ranking.near_duplicates import SentenceIndex
from client.ranking.quotation import Quotations
from client.ranking.similarity import comparison_key


class Flaw(Enum):
    """What is wrong with a sentence."""

    BLANK = "no letter"
    UNFINISHED = "unfinished"
    UNBALANCED = "unbalanced"
    PARTICLE = "broken particle"
    COPY = "copy"
    NEAR_COPY = "near copy"
    SHOWN = "shown before"


class Filter:
    """Finds what is wrong with the candidates for one context."""

    def __init__(self, context: RankingContext) -> None:
        self._endings = Endings(context.story)
        self._quotations = Quotations(context.story)
        self._story = SentenceIndex(context.story)
        self._shown = SentenceIndex((*context.shown, *context.unwanted, context.prefix))
        self._unwanted = SentenceIndex(context.unwanted)

    def flaw(self, text: str) -> Flaw | None:  # noqa: PLR0911
        """Return the first flaw found in a sentence, None if it may be shown."""
        if not comparison_key(text):
            return Flaw.BLANK
        if not self._endings.allow(text):
            return Flaw.UNFINISHED
        if not self._quotations.allow(text):
            return Flaw.UNBALANCED
        if has_broken_josa(text):
            return Flaw.PARTICLE
        if self._story.repeats_too_soon(text):
            return Flaw.COPY
        if self._story.has_near_duplicate(text):
            return Flaw.NEAR_COPY
        if self._shown.contains(text) or self._unwanted.has_near_duplicate(text):
            return Flaw.SHOWN
        return None


def usable(candidates: Iterable[Candidate], context: RankingContext) -> list[Candidate]:
    """Return the candidates worth showing, ordered by ``comparison_key``.

    Of duplicates the likeliest stays. Rejected are candidates without a letter, unfinished or
    malformed ones, duplicates and near-duplicates of a sentence of the story, what was shown
    before, and near-duplicates of what is unwanted.
    """
    filter_ = Filter(context)
    pool: dict[str, Candidate] = {}
    for candidate in candidates:
        if not _is_well_formed(candidate) or filter_.flaw(candidate.text):
            continue
        k = comparison_key(candidate.text)
        if k not in pool or _preference(candidate) > _preference(pool[k]):
            pool[k] = candidate
    return [pool[k] for k in sorted(pool)]


def _is_well_formed(candidate: Candidate) -> bool:
    return (
        "\ufffd" not in candidate.text
        and candidate.token_count >= 1
        and math.isfinite(candidate.log_prob)
        and math.isfinite(math.hypot(*candidate.embedding))
    )


def _preference(candidate: Candidate) -> tuple[float, Candidate]:
    return candidate.log_prob / candidate.token_count, candidate
