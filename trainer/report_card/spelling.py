"""Spelling: the share of words (eojeol) that Hunspell's Korean dictionary does not know.

Hunspell runs as a separate program: of its Python bindings, chunspell 2.0.5 recognises no Korean
word at all, and spylls 0.1.7, in pure Python, takes 5 ms per word. The dictionary, hunspell-dict-ko
(MPL 1.1, GPL 2 or LGPL 2.1), is installed by the user and never shipped with this project. It does
not know names, dialect or old spelling either, so human prose, too, has unknown words.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

from trainer.configuration import TrainerError
from trainer.report_card.windows import Window

DICTIONARY = "ko"
HANGUL = re.compile("[가-힣]+")
PUNCTUATION = re.compile(r"^\W+|\W+$")
# A word that every Korean dictionary has, and one that none has.
KNOWN, UNKNOWN = "하늘", "갉뷁을"


class Spelling:
    """Looks words up, with a cache.

    Raises:
        TrainerError: Hunspell or its Korean dictionary is not installed.
    """

    def __init__(self) -> None:
        self.known: dict[str, bool] = {}
        if self.unknown_of([KNOWN, UNKNOWN]) != {UNKNOWN}:
            raise _missing("its Korean dictionary does not work")

    def unknown(self, window: Window) -> tuple[float, float]:
        """Unknown words of a window, and all its words."""
        words = [word for sentence in window.sentences for word in words_of(sentence)]
        unknown = self.unknown_of(words)
        return sum(word in unknown for word in words), len(words)

    def unknown_of(self, words: Iterable[str]) -> set[str]:
        """The words that the dictionary does not know; they must be all Hangul."""
        words = set(words)
        new = sorted(words - self.known.keys())
        if new:
            unknown = set(_run_hunspell(new))
            self.known |= {word: word not in unknown for word in new}
        return {word for word in words if not self.known[word]}


def words_of(sentence: str) -> list[str]:
    """The words that are all Hangul, stripped of punctuation."""
    bare = (PUNCTUATION.sub("", part) for part in sentence.split())
    return [word for word in bare if HANGUL.fullmatch(word)]


def _run_hunspell(words: list[str]) -> list[str]:
    """The unknown words among ``words``.

    Raises:
        TrainerError: Hunspell or its dictionary is missing.
    """
    command = ["hunspell", "-d", DICTIONARY, "-i", "utf-8", "-l"]
    try:
        done = subprocess.run(
            command, input="\n".join(words), capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        raise _missing("the program hunspell is not installed") from None
    if done.returncode:
        last_line = "".join(done.stderr.strip().splitlines()[-1:])
        raise _missing(f"hunspell failed: {last_line}")
    return done.stdout.splitlines()


def _missing(problem: str) -> TrainerError:
    return TrainerError(
        f"spelling cannot be checked: {problem}; on Debian and Ubuntu: "
        "apt install hunspell hunspell-ko; on macOS: brew install hunspell, and put ko.aff and "
        "ko.dic from https://github.com/spellcheck-ko/hunspell-dict-ko/releases into "
        "~/Library/Spelling"
    )
