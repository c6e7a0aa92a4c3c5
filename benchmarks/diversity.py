"""The ten candidates as a writer sees them: how diverse, how original, how repetitive.

Stories are windows of held-out works (the test split). For `suggest`, and for `sample` with the
client's default options, it measures:

- distinct-2: the share of morpheme bigrams in the ten that are distinct (people: 0.91 to 0.93);
- the share of pairs in the ten with a Jaccard similarity above 0.5, by morpheme bigrams;
- the share of candidates of 12 characters or more that are sentences of the training text;
- seq-rep-4: the share of repeated morpheme 4-grams in ten turns, each taking a random candidate, as
  the report card does, or the first (people's next ten sentences: 0.016);
- the share of a candidate's 4-grams that occur in the five sentences of context;
- characters per candidate, and the share of candidates that end in a final mark.

Command (a model base path, and the data set that its model was trained on):

    python -m benchmarks.diversity --models models --data data --stories 24
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks import record
from trainer.arguments import whole_number
from trainer.decoding.defaults import SAMPLING_DEFAULTS

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STORY, TURNS = 20, 10  # sentences
COPYABLE = 12  # characters
ENDS = tuple(".?!…”’")
Grams = list[tuple[str, ...]]


def grams(words: Sequence[str], order: int) -> Grams:
    """All n-grams, in order."""
    return [tuple(words[i : i + order]) for i in range(len(words) - order + 1)]


def windows(data: Any, count: int) -> Iterator[list[str]]:
    """Stories of ``STORY`` sentences, spread evenly over the test split."""
    from trainer.data.record_reader import read_works

    all_works = read_works(data, "test")
    places = [
        (work, at) for work in all_works for at in range(STORY, len(work) - TURNS, STORY + TURNS)
    ]
    for work, at in places[:: max(1, len(places) // count)][:count]:
        yield work[at - STORY : at]


def ask(model: Any, name: str, stories: list[list[str]], seed: int) -> list[list[str]]:
    """The candidates of each story."""
    import tensorflow as tf

    count = len(stories)
    inputs = {"story": tf.constant(["\n".join(story) for story in stories])}
    if name == "sample":
        inputs |= {
            "prefix": tf.fill([count], ""),
            **{option: tf.fill([count], value) for option, value in SAMPLING_DEFAULTS.items()},
            "seed": tf.fill([count], tf.constant(seed, tf.int64)),
            "avoid": tf.fill([count], ""),
        }
    answer = model.signatures[name](**inputs)["candidates"].numpy()
    return [[text.decode() for text in row] for row in answer]


def measure(
    model: Any,
    name: str,
    stories: list[list[str]],
    morphemes: Callable[[str], list[str]],
    training: set[str],
) -> dict[str, float]:
    """All measurements of one signature."""
    tens = ask(model, name, stories, 0)
    bigrams = [[grams(morphemes(text), 2) for text in ten] for ten in tens]
    sets = [[set(each) for each in ten] for ten in bigrams]
    pairs = [(a, b) for ten in sets for a, b in combinations(ten, 2)]
    fours = [
        (set(grams(morphemes(text), 4)), {g for s in story[-5:] for g in grams(morphemes(s), 4)})
        for story, ten in zip(stories, tens, strict=True)
        for text in ten
    ]
    flat = [text for ten in tens for text in ten]
    long = [text for text in flat if len(text) >= COPYABLE]
    draw = random.Random(1)
    random_choice = continuations(model, name, stories, draw.choice)
    first_choice = continuations(model, name, stories, lambda ten: ten[0])
    return {
        "distinct-2 of the ten": sum(len(set().union(*ten)) for ten in sets)
        / sum(len(each) for ten in bigrams for each in ten),
        "pairs above 0.5": sum(len(a & b) > 0.5 * len(a | b) for a, b in pairs) / len(pairs),
        "copied in full": sum(text in training for text in long) / max(1, len(long)),
        "seq-rep-4, random": repeated(random_choice, morphemes),
        "seq-rep-4, first": repeated(first_choice, morphemes),
        "4-grams in the context": sum(len(a & b) for a, b in fours)
        / max(1, sum(len(a) for a, _ in fours)),
        "characters per candidate": sum(map(len, flat)) / len(flat),
        "ending in a final mark": sum(text.endswith(ENDS) for text in flat) / len(flat),
    }


def continuations(
    model: Any, name: str, stories: list[list[str]], choose: Callable[[list[str]], str]
) -> list[list[str]]:
    """The ``TURNS`` sentences that continue each story if ``choose`` picks from the ten."""
    whole = [list(story) for story in stories]
    for turn in range(TURNS):
        for story, ten in zip(whole, ask(model, name, whole, turn), strict=True):
            story.append(choose(ten))
    return [story[STORY:] for story in whole]


def repeated(stories: list[list[str]], morphemes: Callable[[str], list[str]]) -> float:
    """Share of morpheme 4-grams that are repetitions within their continuation."""
    again = total = 0
    for story in stories:
        found = grams([word for sentence in story for word in morphemes(sentence)], 4)
        again, total = again + len(found) - len(set(found)), total + len(found)
    return again / max(1, total)


def main() -> None:
    """Print a table."""
    parser = record.parser(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="model base path")
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument(
        "--stories", type=whole_number(1), default=24, help="how many (default: 24)"
    )
    parser.add_argument(
        "--show", type=whole_number(0), default=0, metavar="STORIES",
        help="print the candidates of the first few stories",
    )  # fmt: skip
    options = parser.parse_args()

    import tensorflow as tf
    import tensorflow_text  # noqa: F401  (registers its ops)
    from kiwipiepy import Kiwi

    from trainer.data.corpus import EncodedCorpus
    from trainer.data.record_reader import read_works
    from trainer.export.versions import newest_version

    kiwi = Kiwi()
    data = EncodedCorpus.open(options.data)
    training = {sentence for work in read_works(data, "train") for sentence in work}
    model = tf.saved_model.load(str(newest_version(options.models)))
    stories = list(windows(data, options.stories))
    results = {
        name: measure(
            model, name, stories, lambda text: [t.form for t in kiwi.tokenize(text)], training
        )
        for name in ("suggest", "sample")
    }
    print(f"{f'{len(stories)} stories':<26}" + "".join(f"{name:>10}" for name in results))
    for key in results["suggest"]:
        print(f"{key:<26}" + "".join(f"{found[key]:>10.3f}" for found in results.values()))
    for name in results if options.show else ():
        for ten in ask(model, name, stories[: options.show], 0):
            print(f"\n{name}", *ten, sep="\n  ")


if __name__ == "__main__":
    sys.exit(record.run(main))
