"""What the filters refuse: true next sentences of novels, and sentences broken on purpose.

Every sentence of a data set stands after the sentences before it in its work, as the pipeline reads
and splits them; what ``client.ranking`` refuses of these it refuses wrongly. Then sentences, each
in its own place, are

- cut inside a word,
- robbed of a closing quotation mark, where no quotation is open,
- given the other form of a particle (등불을 -> 등불를), a random one of those that have two,
- replaced by a copy, or by a copy with one word changed, of one of the last twenty.

Command (no server, no model; the trained-on works too, for nothing is trained here):

    python -m benchmarks.filters --data build/novels
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import record
from benchmarks.ranking import COPIED, Works, near_copy, progress, read_works
from client.ranking import RankingContext
from client.ranking.filters import Filter, Flaw
from client.ranking.near_duplicates import FULL_WINDOW
from client.ranking.quotation import Quotations, is_balanced

# A sentence, the story before it, and a source of chance; None where it cannot be broken so.
Break = Callable[[random.Random, str, list[str]], str | None]

_OTHER_FORM = {"을": "를", "를": "을", "은": "는", "는": "은", "와": "과", "과": "와"}
_PARTICLE = re.compile(r"(?<=[가-힣])[을를은는와과](?![가-힣])")
_CLOSING = re.compile("[”’]")


def cut(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Leave out everything from the middle of a word on."""
    words = re.finditer("[가-힣]{2,}", sentence)
    places = [at for word in words for at in range(word.start() + 1, word.end())]
    return sentence[: draw.choice(places)] if places else None


def unclose(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Leave out a closing mark."""
    places = [found.start() for found in _CLOSING.finditer(sentence)]
    if not places or not is_balanced(sentence) or Quotations(story).opened:
        return None
    at = draw.choice(places)
    return sentence[:at] + sentence[at + 1 :]


def change_particle(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Put the other form of a particle."""
    found = list(_PARTICLE.finditer(sentence))
    if not found:
        return None
    one = draw.choice(found)
    return sentence[: one.start()] + _OTHER_FORM[one[0]] + sentence[one.end() :]


def copy(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Repeat a sentence of four words or more."""
    long_ones = [one for one in story[-COPIED:] if len(one.split()) >= 4]
    return draw.choice(long_ones) if long_ones else None


def nearly_copy(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Repeat one with one word changed."""
    copied = copy(draw, sentence, story)
    words = [word for one in story[-COPIED:] for word in one.split()]
    return copied and near_copy(draw, copied, words)


BREAKS: dict[str, Break] = {
    "cut inside a word": cut,
    "closing mark left out": unclose,
    "other form of a particle": change_particle,
    "copy": copy,
    "copy, one word changed": nearly_copy,
}


def places(works: Works, every: int) -> Iterator[tuple[str, list[str]]]:
    """Yield sentences, each with the story before it as far as it is looked at."""
    for number, sentences in enumerate(works.values(), 1):
        for at in range(COPIED, len(sentences), every):
            yield sentences[at], sentences[max(0, at - FULL_WINDOW) : at]
        progress("works", number, len(works))


def measure(works: Works, every: int, seed: int) -> None:
    """Print both tables."""
    draw = random.Random(seed)
    flaws: Counter[Flaw] = Counter()
    total = 0
    broken: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for sentence, story in places(works, every):
        here = Filter(RankingContext(story))
        total += 1
        if flaw := here.flaw(sentence):
            flaws[flaw] += 1
        for name, breaks in BREAKS.items():
            if text := breaks(draw, sentence, story):
                broken[name] += 1
                refused[name] += here.flaw(text) is not None
    print(f"refused of {total:,} true next sentences: {flaws.total() / total:.2%}")
    for flaw, count in flaws.most_common():
        print(f"    {flaw.value:<28} {count / total:.2%}")
    print("refused of those that were broken")
    for name, count in broken.items():
        print(f"    {name:<28} {refused[name] / count:.1%} of {count:,}")


def main() -> None:
    """Measure works that were held out, then those that were trained on."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data set of the pipeline")
    parser.add_argument("--every", type=int, default=5, help="look at one sentence of so many")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for splits in (("validation", "test"), ("train",)):
        works = read_works(options.data, splits)
        print(f"{' and '.join(splits)}, {len(works)} works", flush=True)
        measure(works, options.every, options.seed)


if __name__ == "__main__":
    sys.exit(record.run(main))
