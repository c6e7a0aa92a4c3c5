"""Aligns an analyser's morphemes with the surface form of a word.

An analyser that restores dictionary forms (예뻤던 = 예쁘 + 었 + 던) finds boundaries that the
surface does not show. Only those that it does show are used: 예뻤 + 던.
"""

from collections.abc import Sequence


def boundaries(word: str, morphemes: Sequence[str]) -> tuple[int, ...]:
    """Return the morpheme boundaries inside a word, as positions in its surface form.

    Morphemes are matched from both ends of the word. What remains between, where the forms differ
    from the surface, is not divided.
    """
    ends = {0}
    first, start = 0, 0
    while first < len(morphemes) and word.startswith(morphemes[first], start):
        start += len(morphemes[first])
        ends.add(start)
        first += 1
    last, end = len(morphemes), len(word)
    while last > first and word.endswith(morphemes[last - 1], start, end):
        end -= len(morphemes[last - 1])
        ends.add(end)
        last -= 1
    return tuple(sorted(ends - {0, len(word)}))
