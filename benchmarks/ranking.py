"""Does the ranking find the true next sentence, and never a copy? What does it do to the ten?

Two measurements on works that the model was not trained on, through the client's own code and a
model server:

1. In sets of ten (the true next sentence, a copy of a sentence of the last twenty, a near copy
   with one word changed, put in or left out, and seven others, of the same work or of other works),
   how often each way of choosing picks the true one, the copy or the near copy. Intervals: 95 %,
   by resampling sets. The ranking's weights were fitted (``--fit``) on one half of the works; the
   table is of the other half.
2. The model's own candidates: the ten of ``suggest``, the likeliest ten of ``suggest`` and
   ``sample``, and the ten that the ranking shows.

Command (15 minutes on two cores):

    python -m benchmarks.ranking --data build/novels --models build/models --fit
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from benchmarks import record
from client.candidate import Candidate
from client.ranking import (
    DEFAULT,
    FEATURES,
    RankingContext,
    Weights,
    bigrams,
    comparison_key,
    jaccard,
    rank,
    usable,
)
from client.ranking.features import measure
from client.ranking.filters import Filter, Flaw
from client.remote.model import SCORE_BATCH, Model
from client.remote.sampling import Sampling
from pipeline import records

STORY = 12  # sentences that the model is told; more would only take longer here
COPIED = 20  # sentences back from which a copy is made
OTHERS = 7
DRAWS = 2_000

Works = dict[str, list[str]]


class Set(NamedTuple):
    """Ten sentences to choose from after a story: true next, copy, near copy, seven others."""

    story: list[str]
    candidates: list[Candidate]
    context: list[tuple[float, ...]]
    alone: dict[str, float]

    @property
    def setting(self) -> RankingContext:
        """Where the candidates are to stand."""
        return RankingContext(self.story, self.context, unconditional=self.alone)


# The works


def read_works(data: Path, splits: Iterable[str]) -> Works:
    """Sentences of each work of some splits, in order; works are known by their ids."""
    import sentencepiece
    import tensorflow as tf

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(data / records.TOKENIZER))
    whole = {name: tf.io.VarLenFeature(tf.int64) for name in (records.TOKENS, records.LENGTHS)}
    one = {
        records.WORK: tf.io.FixedLenFeature([], tf.string),
        records.FIRST_SENTENCE: tf.io.FixedLenFeature([], tf.int64),
    }
    passages: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    files = sorted(str(path) for split in splits for path in data.glob(f"{split}-*.tfrecord.gz"))
    for example in tf.data.TFRecordDataset(files, compression_type="GZIP"):
        parsed = tf.io.parse_single_example(example, {**whole, **one})
        tokens = parsed[records.TOKENS].values.numpy().tolist()
        ends = np.cumsum(parsed[records.LENGTHS].values.numpy()).tolist()
        texts = [pieces.decode(tokens[a:b]) for a, b in zip([0, *ends], ends, strict=False)]
        first = int(parsed[records.FIRST_SENTENCE].numpy())
        passages[parsed[records.WORK].numpy().decode()].append((first, texts))
    return {
        work: [text for _, texts in sorted(parts) for text in texts]
        for work, parts in sorted(passages.items())
    }


def near_copy(draw: random.Random, sentence: str, words: Sequence[str]) -> str:
    """The sentence with one word changed, left out or put in."""
    parts = sentence.split()
    place = draw.randrange(len(parts))
    kind = draw.choice(("change", "change", "leave out", "put in"))
    parts[place : place + (kind != "put in")] = [draw.choice(words)] * (kind != "leave out")
    return " ".join(parts)


def draw_texts(
    draw: random.Random, works: Works, work: str, same_work: bool
) -> tuple[list[str], list[str]] | None:
    """A story and ten sentences, the true next one first; None if the place does not allow it."""
    sentences = works[work]
    at = draw.randrange(COPIED, len(sentences))
    story, true = sentences[at - COPIED : at], sentences[at]
    long_ones = [s for s in story if len(s.split()) >= 4]
    if not comparison_key(true) or len(long_ones) < 2:
        return None
    words = [word for sentence in story for word in sentence.split()]
    texts = [true, draw.choice(long_ones), near_copy(draw, draw.choice(long_ones), words)]
    seen = {comparison_key(text) for text in (*texts, *story)}
    if len({comparison_key(text) for text in texts}) < 3 or comparison_key(texts[2]) in map(
        comparison_key, story
    ):
        return None
    others = [name for name in works if name != work]
    while len(texts) < 3 + OTHERS:
        other = draw.choice(sentences if same_work else works[draw.choice(others)])
        if comparison_key(other) and comparison_key(other) not in seen:
            seen.add(comparison_key(other))
            texts.append(other)
    return story, texts


def make_sets(
    model: Model, works: Works, all_works: Works, count: int, same_work: bool, seed: int
) -> list[Set]:
    """Sets from the longer of ``works``, equally many of each; other sentences of ``all_works``."""
    draw = random.Random(f"{seed} {same_work}")
    long_enough = [work for work, sentences in works.items() if len(sentences) > 2 * COPIED]
    sets: list[Set] = []
    while len(sets) < count:
        drawn = draw_texts(draw, all_works, long_enough[len(sets) % len(long_enough)], same_work)
        if drawn:
            sets.append(measured(model, *drawn))
            progress(f"sets, {'same work' if same_work else 'other works'}", len(sets), count)
    return sets


def measured(model: Model, story: list[str], texts: list[str]) -> Set:
    """What the model says of the sentences."""
    told, alone, vectors = [], [], []
    for part in (texts[i : i + SCORE_BATCH] for i in range(0, len(texts), SCORE_BATCH)):
        asked = model.score(part, story[-STORY:]), model.score(part), model.embed(part)
        told += asked[0].result()
        alone += asked[1].result()
        vectors += asked[2].result()
    context = model.embed(story[-5:]).result()
    candidates = [
        Candidate(text, one.log_prob, one.token_count, vector)
        for text, one, vector in zip(texts, told, vectors, strict=True)
    ]
    scores = {text: one.log_prob for text, one in zip(texts, alone, strict=True)}
    return Set(story, candidates, context, scores)


# Ways of choosing


def by_feature(name: str) -> Callable[[Set], str]:
    """Choose what is highest in one feature, of all ten."""

    def pick(one: Set) -> str:
        features = measure(one.candidates, one.setting)
        best = max(range(len(features)), key=lambda i: features[i][name])
        return one.candidates[best].text

    return pick


def most_different(one: Set) -> str:
    """Choose what has the least in common with the story."""

    def overlap(candidate: Candidate) -> float:
        return max(jaccard(bigrams(candidate.text), bigrams(s)) for s in one.story)

    return min(one.candidates, key=overlap).text


def by_ranking(weights: Weights) -> Callable[[Set], str]:
    """Choose as a session does."""

    def pick(one: Set) -> str:
        ranked = rank(one.candidates, one.setting, weights)
        return ranked[0].candidate.text if ranked else ""

    return pick


def without(name: str) -> Weights:
    """The default weights less one feature."""
    return DEFAULT._replace(by_feature={n: w for n, w in DEFAULT.by_feature.items() if n != name})


WAYS: dict[str, Callable[[Set], str]] = {
    "likelihood a token": by_feature("likelihood"),
    "fit of the vectors": by_feature("fit"),
    "most different": most_different,
    "information": by_feature("information"),
    "cohesion": by_feature("cohesion"),
    "ranking": by_ranking(DEFAULT),
    "ranking, no information": by_ranking(without("information")),
}


def show_picks(sets: Sequence[Set], title: str) -> None:
    """Print how often each way picks what."""
    print(f"{title:<26} {'true next':>20} {'copy':>7} {'near copy':>10}")
    for name, way in WAYS.items():
        places = [
            [c.text for c in one.candidates].index(p) if (p := way(one)) else -1 for one in sets
        ]
        shares = [fmean(place == kind for place in places) for kind in range(3)]
        low, high = interval([place == 0 for place in places])
        true = f"{shares[0]:.3f} [{low:.3f}, {high:.3f}]"
        print(f"{name:<26} {true:>20} {shares[1]:>7.3f} {shares[2]:>10.3f}")
    refused = fmean(one.candidates[0] not in usable(one.candidates, one.setting) for one in sets)
    print(f"true next sentences that the filters refuse: {refused:.3f}\n")


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean, by resampling."""
    draws = np.random.default_rng(1).choice(np.array(values, float), (DRAWS, len(values)))
    low, high = np.quantile(draws.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def fitted(sets: Sequence[Set]) -> dict[str, float]:
    """Weights by pairwise logistic regression: the true one against the seven others."""
    from sklearn.linear_model import LogisticRegression

    pairs = []
    for one in sets:
        left = [one.candidates[0], *one.candidates[3:]]
        table = np.array([[f[name] for name in FEATURES] for f in measure(left, one.setting)])
        pairs.append(table[0] - table[1:])
    rows = np.concatenate(pairs)
    model = LogisticRegression(fit_intercept=False)
    model.fit(np.concatenate([rows, -rows]), np.repeat([1, 0], len(rows)))
    return dict(zip(FEATURES, model.coef_[0].round(2).tolist(), strict=True))


# The model's own candidates


def show_tens(model: Model, works: Works, count: int, seed: int) -> None:
    """Print what the ten are like before and after the ranking."""
    draw = random.Random(f"{seed} tens")
    names = [work for work, sentences in works.items() if len(sentences) > 2 * COPIED]
    tens: dict[str, list[tuple[list[Candidate], list[str]]]] = defaultdict(list)
    pools, milliseconds = [], []
    for number in range(count):
        sentences = works[names[number % len(names)]]
        at = draw.randrange(COPIED, len(sentences) - 10)
        story = sentences[at - COPIED : at]
        asked = model.suggest(story), model.sample(story, Sampling(), number)
        suggested, drawn = asked[0].result(), asked[1].result()
        given = [*suggested, *drawn]
        pool = usable(given, RankingContext(story))
        pools.append([Filter(RankingContext(story)).flaw(candidate.text) for candidate in given])
        begin = time.perf_counter()
        texts = [c.text for c in pool]
        scores = [
            s
            for i in range(0, len(texts), SCORE_BATCH)
            for s in model.score(texts[i : i + SCORE_BATCH]).result()
        ]
        milliseconds.append(1000 * (time.perf_counter() - begin))
        alone = {text: one.log_prob for text, one in zip(texts, scores, strict=True)}
        ranked = rank(
            pool, RankingContext(story, model.embed(story[-5:]).result(), unconditional=alone)
        )
        likeliest = sorted({c.text: c for c in given}.values(), key=lambda c: -per_token(c))
        tens["suggest's ten"].append((suggested, story))
        tens["likeliest ten"].append((likeliest[:10], story))
        tens["ranked ten"].append(([one.candidate for one in ranked], story))
        human = [Candidate(text, 0.0, 1, ()) for text in sentences[at : at + 10]]
        tens["ten human sentences"].append((human, story))
        progress("stories", number + 1, count)
    show_refused([flaw for flaws in pools for flaw in flaws])
    print(f"{'':<22} {'shown':>6} {'seq-rep-4':>10} {'distinct-2':>11} {'overlap':>8}"
          f" {'most':>6} {'in story':>9} {'best':>7} {'mean':>7}")  # fmt: skip
    for name, shown in tens.items():
        print(f"{name:<22} " + " ".join(
            f"{fmean(values):>{width}.{digits}f}"
            for values, width, digits in zip(
                zip(*(properties(*one) for one in shown if len(one[0]) > 1), strict=True),
                (6, 10, 11, 8, 6, 9, 7, 7),
                (1, 3, 3, 3, 3, 3, 2, 2),
                strict=True,
            )
        ))  # fmt: skip
    print(f"the extra request takes {sorted(milliseconds)[len(milliseconds) // 2]:.0f} ms (median)")


def show_refused(flaws: Sequence[Flaw | None]) -> None:
    """Print how many of the server's candidates are refused for what."""
    counted = ", ".join(f"{flaw.value} {flaws.count(flaw) / len(flaws):.3f}" for flaw in Flaw)
    print(f"of {len(flaws)} candidates: {counted}")


def per_token(candidate: Candidate) -> float:
    """Log-probability a token."""
    return candidate.log_prob / candidate.token_count


def properties(ten: Sequence[Candidate], story: Sequence[str]) -> tuple[float, ...]:
    """How many; repeated 4-grams; distinct bigrams; overlap of pairs, with the story; scores.

    N-grams of the ten together are of characters without spaces and marks. seq-rep-4 is the share
    that stood before (Welleck et al. 2020), distinct-2 the share of words' pairs that are different
    (Li et al. 2016).
    """
    grams = [k[i : i + 4] for c in ten if (k := comparison_key(c.text)) for i in range(len(k) - 3)]
    words = [re.findall(r"\w+", c.text) for c in ten]
    twos = [pair for one in words for pair in pairwise(one)]
    pairs = [jaccard(bigrams(a.text), bigrams(b.text)) for i, a in enumerate(ten) for b in ten[:i]]
    nearest = [max(jaccard(bigrams(c.text), bigrams(s)) for s in story) for c in ten]
    scores = [per_token(c) for c in ten]
    return (
        len(ten),
        1 - len(set(grams)) / max(1, len(grams)),
        len(set(twos)) / max(1, len(twos)),
        fmean(pairs),
        max(pairs),
        fmean(nearest),
        max(scores),
        fmean(scores),
    )


# The command


def progress(what: str, done: int, of: int) -> None:
    """Show how far it is, at a terminal."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


@contextmanager
def served(models: Path) -> Iterator[str]:
    """A server of the newest exported model, on a free port."""
    command = [sys.executable, "-m", "serving", "--port", "0", "--model_name", "soseol",
               "--model_base_path", str(models.resolve())]  # fmt: skip
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        ready = re.search(r":(\d+)", process.stdout.readline())
        try:
            yield f"localhost:{ready[1]}" if ready else sys.exit("the server did not start")
        finally:
            process.terminate()


def measure_all(options: argparse.Namespace, address: str) -> None:
    """Print everything."""
    model = Model([address], options.model, timeout=120.0)
    works = read_works(options.data, ("validation", "test"))
    halves = [dict(list(works.items())[half::2]) for half in range(2)]
    for number, half in enumerate(halves):
        print(f"half {number}: {len(half)} works, {sum(map(len, half.values()))} sentences")
    if options.fit:
        sets = [
            one
            for same in (True, False)
            for one in make_sets(model, halves[0], works, options.sets, same, options.seed)
        ]
        print(f"fitted on half 0: {fitted(sets)}")
    for same in (True, False):
        sets = make_sets(model, halves[1], works, options.sets, same, options.seed)
        title = "others of the same work" if same else "others of other works"
        show_picks(sets, f"{title} ({len(sets)})")
    show_tens(model, halves[1], options.stories, options.seed)
    model.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure with a server, or with one of our own."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data set of the model")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--models", type=Path, help="folder of exported models")
    where.add_argument("--server", help="host:port")
    parser.add_argument("--model", default="soseol", help="its name on the server")
    parser.add_argument("--sets", type=int, default=300, help="of each kind")
    parser.add_argument("--stories", type=int, default=50, help="to ask candidates for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fit", action="store_true", help="fit weights to half of the works too")
    options = parser.parse_args(arguments)
    if options.server:
        measure_all(options, options.server)
        return
    with served(options.models) as address:
        measure_all(options, address)


if __name__ == "__main__":
    sys.exit(record.run(main))
