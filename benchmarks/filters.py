"""What the client's filters reject: true next sentences of novels, and sentences broken on purpose.

The candidates are sentences of a data set, each after the story that precedes it in its work, as
the pipeline reads and splits it. Any that ``client.ranking`` rejects are false rejections. Then
each sentence, in the same place, is broken in several ways:

- cut inside a word,
- a closing quotation mark removed, where no quotation is open,
- a particle in its wrong form (등불을 -> 등불를), a random one of those that have two forms,
- replaced by a copy of one of the last twenty sentences, or by such a copy with one word changed.

Command (needs no server and no model; includes the train split, because nothing is trained here):

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
from trainer.arguments import whole_number

# (random source, sentence, story before it) -> the broken sentence; None if it does not apply.
Break = Callable[[random.Random, str, list[str]], str | None]

_OTHER_FORM = {"을": "를", "를": "을", "은": "는", "는": "은", "와": "과", "과": "와"}
_PARTICLE = re.compile(r"(?<=[가-힣])[을를은는와과](?![가-힣])")
_CLOSING = re.compile("[”’]")


def cut(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Remove everything from the middle of a word on."""
    words = re.finditer("[가-힣]{2,}", sentence)
    places = [at for word in words for at in range(word.start() + 1, word.end())]
    return sentence[: draw.choice(places)] if places else None


def unclose(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Remove a closing quotation mark."""
    places = [found.start() for found in _CLOSING.finditer(sentence)]
    if not places or not is_balanced(sentence) or Quotations(story).opened:
        return None
    at = draw.choice(places)
    return sentence[:at] + sentence[at + 1 :]


def change_particle(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Replace a particle with its other form."""
    found = list(_PARTICLE.finditer(sentence))
    if not found:
        return None
    one = draw.choice(found)
    return sentence[: one.start()] + _OTHER_FORM[one[0]] + sentence[one.end() :]


def copy(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Copy a sentence of four words or more from the story."""
    long_ones = [one for one in story[-COPIED:] if len(one.split()) >= 4]
    return draw.choice(long_ones) if long_ones else None


def nearly_copy(draw: random.Random, sentence: str, story: list[str]) -> str | None:
    """Copy a sentence with one word changed."""
    copied = copy(draw, sentence, story)
    words = [word for one in story[-COPIED:] for word in one.split()]
    return copied and near_copy(draw, copied, words)


BREAKS: dict[str, Break] = {
    "cut inside a word": cut,
    "closing mark removed": unclose,
    "wrong form of a particle": change_particle,
    "copy": copy,
    "copy, one word changed": nearly_copy,
}


def places(works: Works, every: int) -> Iterator[tuple[str, list[str]]]:
    """Yield sentences, each with as much of the story before it as the filters look at."""
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
    rejected: Counter[str] = Counter()
    for sentence, story in places(works, every):
        here = Filter(RankingContext(story))
        total += 1
        if flaw := here.flaw(sentence):
            flaws[flaw] += 1
        for name, breaks in BREAKS.items():
            if text := breaks(draw, sentence, story):
                broken[name] += 1
                rejected[name] += here.flaw(text) is not None
    print(f"true next sentences rejected, of {total:,}: {flaws.total() / total:.2%}")
    for flaw, count in flaws.most_common():
        print(f"    {flaw.value:<28} {count / total:.2%}")
    print("broken sentences rejected")
    for name, count in broken.items():
        print(f"    {name:<28} {rejected[name] / count:.1%} of {count:,}")


def main() -> None:
    """Measure on held-out works, then on works of the train split."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument(
        "--every", type=whole_number(1), default=5, metavar="N",
        help="use every Nth sentence (default: 5)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole_number(0), default=1, help="of the random choices (default: 1)"
    )
    options = parser.parse_args()
    for splits in (("validation", "test"), ("train",)):
        works = read_works(options.data, splits)
        print(f"{' and '.join(splits)}, {len(works)} works", flush=True)
        measure(works, options.every, options.seed)


if __name__ == "__main__":
    sys.exit(record.run(main))
