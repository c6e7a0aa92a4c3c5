"""Spelling: how many words (eojeol) Hunspell's Korean dictionary does not know.

Hunspell runs as a program of its own: of its Python bindings, chunspell 2.0.5 knows no Korean word
at all, and spylls 0.1.7, in pure Python, needs 5 ms a word. The dictionary is hunspell-dict-ko
(MPL 1.1, GPL 2 or LGPL 2.1), a program's data that is installed beside this one and never shipped
with it. Names, dialect and old spelling are unknown to it too, so human prose has 10 to 11 %.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

from trainer.configuration import TrainerError
from trainer.report_card.windows import Window

DICTIONARY = "ko"
HANGUL = re.compile("[가-힣]+")
MARKS = re.compile(r"^\W+|\W+$")
# A word that every Korean dictionary has, and one that none has.
KNOWN, UNKNOWN = "하늘", "갉뷁을"


class Spelling:
    """Looks words up, each once.

    Raises:
        TrainerError: Hunspell or its Korean dictionary is not installed.
    """

    def __init__(self) -> None:
        self.looked_up: dict[str, bool] = {}
        if self.unknown_of([KNOWN, UNKNOWN]) != {UNKNOWN}:
            raise _missing("its Korean dictionary does not work")

    def unknown(self, window: Window) -> tuple[float, float]:
        """Words of a window that are unknown, and all its words."""
        words = [word for sentence in window.sentences for word in words_of(sentence)]
        unknown = self.unknown_of(words)
        return sum(word in unknown for word in words), len(words)

    def unknown_of(self, words: Iterable[str]) -> set[str]:
        """Those of some words, Hangul alone, that the dictionary does not have."""
        words = set(words)
        new = sorted(words - self.looked_up.keys())
        if new:
            unknown = set(_ask(new))
            self.looked_up |= {word: word not in unknown for word in new}
        return {word for word in words if not self.looked_up[word]}


def words_of(sentence: str) -> list[str]:
    """Words between spaces, without marks; those in Hangul alone."""
    bare = (MARKS.sub("", part) for part in sentence.split())
    return [word for word in bare if HANGUL.fullmatch(word)]


def _ask(words: list[str]) -> list[str]:
    """The words that are unknown."""
    command = ["hunspell", "-d", DICTIONARY, "-i", "utf-8", "-l"]
    try:
        done = subprocess.run(
            command, input="\n".join(words), capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        raise _missing("the program hunspell was not found") from None
    if done.returncode:
        raise _missing(f"hunspell says: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.splitlines()


def _missing(what: str) -> TrainerError:
    return TrainerError(
        f"spelling cannot be checked, {what}; on Debian and Ubuntu: "
        "apt install hunspell hunspell-ko; on macOS: brew install hunspell, and put ko.aff and "
        "ko.dic of https://github.com/spellcheck-ko/hunspell-dict-ko/releases into "
        "~/Library/Spelling"
    )
