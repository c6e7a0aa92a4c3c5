"""Which candidates are worth showing at all."""

import math
from collections.abc import Iterable
from enum import Enum

from client.candidates import Candidate
from client.ranking.copies import Copies
from client.ranking.ending import Endings
from client.ranking.features import Setting
from client.ranking.josa import has_broken_josa
from client.ranking.likeness import key
from client.ranking.marks import Quotations


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
    """Tells what is wrong with sentences that may stand in one place."""

    def __init__(self, setting: Setting) -> None:
        self._endings = Endings(setting.story)
        self._quotations = Quotations(setting.story)
        self._story = Copies(setting.story)
        self._shown = Copies((*setting.shown, *setting.unwanted, setting.prefix))
        self._unwanted = Copies(setting.unwanted)

    def flaw(self, text: str) -> Flaw | None:  # noqa: PLR0911
        """Return the first thing that is wrong with a sentence, None if it may be shown."""
        if not key(text):
            return Flaw.BLANK
        if not self._endings.allow(text):
            return Flaw.UNFINISHED
        if not self._quotations.allow(text):
            return Flaw.UNBALANCED
        if has_broken_josa(text):
            return Flaw.PARTICLE
        if self._story.has_again(text):
            return Flaw.COPY
        if self._story.has_near(text):
            return Flaw.NEAR_COPY
        if self._shown.has(text) or self._unwanted.has_near(text):
            return Flaw.SHOWN
        return None


def usable(candidates: Iterable[Candidate], setting: Setting) -> list[Candidate]:
    """Return the candidates worth showing, of equal ones the likeliest, ordered by ``key``.

    Left out are those without a letter, unfinished or broken ones, copies of a sentence of the
    story and near copies, and what was shown; where something different is wanted, also what is
    nearly the same as that.
    """
    here = Filter(setting)
    pool: dict[str, Candidate] = {}
    for candidate in candidates:
        if not _sound(candidate) or here.flaw(candidate.text):
            continue
        k = key(candidate.text)
        if k not in pool or _preference(candidate) > _preference(pool[k]):
            pool[k] = candidate
    return [pool[k] for k in sorted(pool)]


def _sound(candidate: Candidate) -> bool:
    return (
        "\ufffd" not in candidate.text
        and candidate.token_count >= 1
        and math.isfinite(candidate.log_prob)
        and math.isfinite(math.hypot(*candidate.embedding))
    )


def _preference(candidate: Candidate) -> tuple[float, Candidate]:
    return candidate.log_prob / candidate.token_count, candidate
