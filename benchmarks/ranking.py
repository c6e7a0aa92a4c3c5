"""Does the ranking pick the true next sentence and avoid copies? How does it change the ten?

Two measurements on works that the model was not trained on, with the client's own code and a model
server:

1. A set has ten sentences: the true next one, a copy of one of the last twenty sentences, a near
   copy with one word changed, inserted or removed, and seven others, from the same work or from
   other works. The table shows how often each criterion picks the true sentence, the copy or the
   near copy. Intervals: 95 %, by resampling sets. The ranking's weights were fitted (``--fit``) on
   one half of the works; the table is for the other half.
2. The model's own candidates: the ten of ``suggest``, the most likely ten of ``suggest`` and
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
from trainer.arguments import whole_number

STORY = 12  # sentences given to the model; more would only take longer here
COPIED = 20  # copies are of one of so many last sentences
OTHERS = 7
DRAWS = 2_000  # resamples of an interval

Works = dict[str, list[str]]


class Set(NamedTuple):
    """A story and ten sentences to choose from: true next, copy, near copy, seven others."""

    story: list[str]
    candidates: list[Candidate]
    context: list[tuple[float, ...]]
    alone: dict[str, float]

    @property
    def setting(self) -> RankingContext:
        """The setting in which the ranking judges the candidates."""
        return RankingContext(self.story, self.context, unconditional=self.alone)


# The works


def read_works(data: Path, splits: Iterable[str]) -> Works:
    """The sentences of each work in some splits, in order, by work id."""
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
    """The sentence with one word changed, removed or inserted."""
    parts = sentence.split()
    place = draw.randrange(len(parts))
    kind = draw.choice(("change", "change", "remove", "insert"))
    parts[place : place + (kind != "insert")] = [draw.choice(words)] * (kind != "remove")
    return " ".join(parts)


def draw_texts(
    draw: random.Random, works: Works, work: str, same_work: bool
) -> tuple[list[str], list[str]] | None:
    """A story and ten sentences, the true next one first; None if the place is not suitable."""
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
    """Sets from the longer ``works``, the same number from each; others from ``all_works``."""
    draw = random.Random(f"{seed} {same_work}")
    long_enough = [work for work, sentences in works.items() if len(sentences) > 2 * COPIED]
    sets: list[Set] = []
    while len(sets) < count:
        drawn = draw_texts(draw, all_works, long_enough[len(sets) % len(long_enough)], same_work)
        if drawn:
            sets.append(make_set(model, *drawn))
            progress(f"sets, {'same work' if same_work else 'other works'}", len(sets), count)
    return sets


def make_set(model: Model, story: list[str], texts: list[str]) -> Set:
    """A set with the model's scores and embeddings of the sentences."""
    given_story, alone, vectors = [], [], []
    for part in (texts[i : i + SCORE_BATCH] for i in range(0, len(texts), SCORE_BATCH)):
        pending = model.score(part, story[-STORY:]), model.score(part), model.embed(part)
        given_story += pending[0].result()
        alone += pending[1].result()
        vectors += pending[2].result()
    context = model.embed(story[-5:]).result()
    candidates = [
        Candidate(text, one.log_prob, one.token_count, vector)
        for text, one, vector in zip(texts, given_story, vectors, strict=True)
    ]
    scores = {text: one.log_prob for text, one in zip(texts, alone, strict=True)}
    return Set(story, candidates, context, scores)


# Criteria


def by_feature(name: str) -> Callable[[Set], str]:
    """Pick the sentence with the highest value of a feature."""

    def pick(one: Set) -> str:
        features = measure(one.candidates, one.setting)
        best = max(range(len(features)), key=lambda i: features[i][name])
        return one.candidates[best].text

    return pick


def most_different(one: Set) -> str:
    """Pick the sentence with the least bigram overlap with the story."""

    def overlap(candidate: Candidate) -> float:
        return max(jaccard(bigrams(candidate.text), bigrams(s)) for s in one.story)

    return min(one.candidates, key=overlap).text


def by_ranking(weights: Weights) -> Callable[[Set], str]:
    """Pick the first sentence of the ranking, as a session shows it."""

    def pick(one: Set) -> str:
        ranked = rank(one.candidates, one.setting, weights)
        return ranked[0].candidate.text if ranked else ""

    return pick


def without(name: str) -> Weights:
    """The default weights without one feature."""
    return DEFAULT._replace(by_feature={n: w for n, w in DEFAULT.by_feature.items() if n != name})


CRITERIA: dict[str, Callable[[Set], str]] = {
    "likelihood per token": by_feature("likelihood"),
    "embedding similarity": by_feature("fit"),
    "most different": most_different,
    "information": by_feature("information"),
    "cohesion": by_feature("cohesion"),
    "ranking": by_ranking(DEFAULT),
    "ranking, no information": by_ranking(without("information")),
}


def show_picks(sets: Sequence[Set], title: str) -> None:
    """Print how often each criterion picks the true sentence, the copy and the near copy."""
    print(f"{title:<26} {'true next':>20} {'copy':>7} {'near copy':>10}")
    for name, pick in CRITERIA.items():
        places = [
            [c.text for c in one.candidates].index(p) if (p := pick(one)) else -1 for one in sets
        ]
        shares = [fmean(place == kind for place in places) for kind in range(3)]
        low, high = interval([place == 0 for place in places])
        true = f"{shares[0]:.3f} [{low:.3f}, {high:.3f}]"
        print(f"{name:<26} {true:>20} {shares[1]:>7.3f} {shares[2]:>10.3f}")
    rejected = fmean(one.candidates[0] not in usable(one.candidates, one.setting) for one in sets)
    print(f"true next sentences that the filters reject: {rejected:.3f}\n")


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean, by resampling."""
    draws = np.random.default_rng(1).choice(np.array(values, float), (DRAWS, len(values)))
    low, high = np.quantile(draws.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def fit_weights(sets: Sequence[Set]) -> dict[str, float]:
    """Weights from a pairwise logistic regression: the true sentence against the seven others."""
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
    """Print properties of the ten candidates before and after ranking."""
    draw = random.Random(f"{seed} tens")
    names = [work for work, sentences in works.items() if len(sentences) > 2 * COPIED]
    tens: dict[str, list[tuple[list[Candidate], list[str]]]] = defaultdict(list)
    pools, milliseconds = [], []
    for number in range(count):
        sentences = works[names[number % len(names)]]
        at = draw.randrange(COPIED, len(sentences) - 10)
        story = sentences[at - COPIED : at]
        pending = model.suggest(story), model.sample(story, Sampling(), number)
        suggested, drawn = pending[0].result(), pending[1].result()
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
        tens["most likely ten"].append((likeliest[:10], story))
        tens["ranked ten"].append(([one.candidate for one in ranked], story))
        human = [Candidate(text, 0.0, 1, ()) for text in sentences[at : at + 10]]
        tens["ten human sentences"].append((human, story))
        progress("stories", number + 1, count)
    show_rejected([flaw for flaws in pools for flaw in flaws])
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


def show_rejected(flaws: Sequence[Flaw | None]) -> None:
    """Print the share of the server's candidates that have each flaw."""
    counted = ", ".join(f"{flaw.value} {flaws.count(flaw) / len(flaws):.3f}" for flaw in Flaw)
    print(f"flaws of {len(flaws)} candidates: {counted}")


def per_token(candidate: Candidate) -> float:
    """Log-probability per token."""
    return candidate.log_prob / candidate.token_count


def properties(ten: Sequence[Candidate], story: Sequence[str]) -> tuple[float, ...]:
    """The columns of the table, from "shown" to "mean".

    Their number; seq-rep-4, the share of repeated 4-grams of characters, without spaces and marks
    (Welleck et al. 2020); distinct-2, the share of distinct word bigrams (Li et al. 2016); mean and
    greatest bigram overlap of two candidates; mean overlap of a candidate with the most similar
    sentence of the story; best and mean log-probability per token.
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
    """Show progress if standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


@contextmanager
def served(models: Path) -> Iterator[str]:
    """Run a server of the newest exported model on a free port; yields its address."""
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
    """Print all tables."""
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
        print(f"fitted on half 0: {fit_weights(sets)}")
    for same in (True, False):
        sets = make_sets(model, halves[1], works, options.sets, same, options.seed)
        title = "others: the same work" if same else "others: other works"
        show_picks(sets, f"{title} ({len(sets)})")
    show_tens(model, halves[1], options.stories, options.seed)
    model.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure with a running server, or start one."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="data set that the model was trained on"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--models", type=Path, help="model base path; starts a server")
    where.add_argument("--server", help="host:port of a running server")
    parser.add_argument("--model", default="soseol", help="name of the model (default: soseol)")
    parser.add_argument(
        "--sets", type=whole_number(1), default=300, help="of each kind (default: 300)"
    )
    parser.add_argument(
        "--stories", type=whole_number(1), default=50,
        help="stories to request candidates for (default: 50)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole_number(0), default=1, help="of the random choices (default: 1)"
    )
    parser.add_argument(
        "--fit", action="store_true", help="also fit weights on one half of the works"
    )
    options = parser.parse_args(arguments)
    if options.server:
        measure_all(options, options.server)
        return
    with served(options.models) as address:
        measure_all(options, address)


if __name__ == "__main__":
    sys.exit(record.run(main))
