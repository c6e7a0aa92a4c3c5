"""soynlp beside each of KoNLPy's analysers: size, speed, boundaries, tokens, new words.

Each segments the distinct words of the shared novels (four works are held out), as the pipeline
does with --segmenter. Columns:

    MB        size of the installed Python packages; four of KoNLPy's analysers also need Java
    load      CPU seconds until the first word is analysed
    words     CPU seconds for all words, and characters per second
    F1 own    boundary F1 of the segmenter itself, in the words of the UD development sets whose
              morphemes concatenate to the surface form; soynlp, which knows only what it has read,
              reads these words beside the novels
    F1 voc.   boundary F1 of a vocabulary learned with these boundaries
    char/tok  characters per token on the held-out works
    bits      bits per character of the `tiny` model on the held-out works after --steps steps
    new own   share of the forms "new word + particle" that the segmenter breaks between the two
              and not inside the new word
    new voc.  share of new words that are one piece of the vocabulary

A *new word* is a name or a coinage that is in no dictionary: 2 to 4 syllables, occurring 20 times
or more with 4 or more of 11 particles, at least 9 times out of 10 in the same work, not in Kiwi's
dictionary (which no compared segmenter uses), and without a suffix (복순이, 노인들: an analyser has
reason to break these).

Command (needs the shared corpus beside the repository; --steps 0 skips the training):

    python -m benchmarks.segmenters --build build/segmenters --steps 300
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from pathlib import Path

from benchmarks import held_out, record, vocabulary_metrics
from benchmarks.vocabulary_metrics import Gold
from pipeline.reading.normalization import normalize
from pipeline.vocabulary import (
    eojeol_counts,
    konlpy_analysers,
    learning,
    segmenters,
    sentencepiece_model,
)
from pipeline.vocabulary.segmenters import SOYNLP
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation, hangul_words, segment_words
from trainer.arguments import whole_number
from trainer.data.corpus import EncodedCorpus

TREEBANKS = ("ko_kaist-ud-dev.conllu", "ko_gsd-ud-dev.conllu")
PARTICLES = ("은", "는", "이", "가", "을", "를", "의", "도", "와", "과", "에게")
SUFFIXES = ("이", "들", "네", "씨")
JAVA = ("konlpy", "JPype1", "lxml")
PACKAGES = {SOYNLP: ("soynlp",), "konlpy:mecab": (*JAVA, "mecab-python3", "python-mecab-ko-dic")}


def megabytes(packages: Iterable[str]) -> float:
    """Size of installed Python packages."""
    files = (file for package in packages for file in metadata.files(package) or ())
    paths = (Path(file.locate()) for file in files if not str(file).endswith(".pyc"))
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def find_new_words(texts: Sequence[str]) -> list[str]:
    """Names and coinages in the texts of works, as the module docstring defines them."""
    from kiwipiepy import Kiwi

    occurrences: dict[str, Counter[int]] = defaultdict(Counter)
    particles: dict[str, set[str]] = defaultdict(set)
    for number, text in enumerate(texts):
        for word, count in hangul_words(Counter(text.split())).items():
            for particle in PARTICLES:
                head = word.removesuffix(particle)
                if head != word and 2 <= len(head) <= 4:
                    occurrences[head][number] += count
                    particles[head].add(particle)
    kiwi = Kiwi()
    return [
        word
        for word, works in sorted(occurrences.items())
        if not word.endswith(SUFFIXES)
        and works.total() >= 20
        and len(particles[word]) >= 4
        and max(works.values()) >= 0.9 * works.total()
        and not any(
            morpheme.form == word and morpheme.tag.startswith("NN") and morpheme.id >= 0
            for morpheme in kiwi.tokenize(word)
        )
    ]


def kept_whole(
    new: Sequence[str], words: Iterable[str], boundaries: Mapping[str, tuple[int, ...]]
) -> float:
    """Share of the forms "new word + particle" that break between the two and not before."""
    there = set(words)
    whole = [
        [boundary for boundary in boundaries.get(word + particle, ()) if boundary <= len(word)]
        == [len(word)]
        for word in new
        for particle in PARTICLES
        if word + particle in there
    ]
    return sum(whole) / len(whole)


def segment(
    name: str, eojeols: Counter[str], gold: Gold
) -> tuple[WordSegmentation, list[frozenset[int]], str]:
    """Find the boundaries in a text's words and in gold words; also returns the time columns."""
    characters = sum(map(len, hangul_words(eojeols)))
    started = time.process_time()
    if name == SOYNLP:
        words, loaded = segment_words(eojeols), started
        seconds = time.process_time() - started
        more = segment_words(eojeols + Counter({word for word, _ in gold})).boundaries
        own = [frozenset(more.get(word, ())) for word, _ in gold]
    else:
        analyser = konlpy_analysers.load(name.removeprefix("konlpy:"))
        analyser.morphemes("바다")
        loaded = time.process_time()
        found = segmenters.Analysis()
        for batch in segmenters.word_batches(eojeols):
            found.add(segmenters.analyse(batch, analyser))
        seconds = time.process_time() - loaded
        words = segmenters.to_segmentation(found, name)
        boundaries = segmenters.analyse([word for word, _ in gold], analyser).boundaries
        own = [frozenset(boundaries.get(word, ())) for word, _ in gold]
    return words, own, f"{loaded - started:>6.1f}{seconds:>7.0f}{characters / seconds:>9,.0f}"


def main() -> None:
    """Print one line per segmenter."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--novels", type=Path, default=vocabulary_metrics.CORPUS / "novels", help="folder of novels"
    )
    parser.add_argument("--build", type=Path, required=True, help="folder for all output")
    parser.add_argument(
        "--segmenters", nargs="+", default=segmenters.SEGMENTERS, help="default: all"
    )
    parser.add_argument("--size", type=whole_number(1), default=8000, help="pieces (default: 8000)")
    parser.add_argument(
        "--steps", type=whole_number(0), default=300,
        help="training steps; 0 skips the training (default: 300)",
    )  # fmt: skip
    options = parser.parse_args()
    options.build.mkdir(parents=True, exist_ok=True)

    vocabulary_metrics.make_data(options.novels, options.build / "sentences")
    data = EncodedCorpus.open(options.build / "sentences")
    test = list(held_out.sentences(data, "test"))
    eojeols: Counter[str] = Counter()
    for sentence in held_out.sentences(data, "train"):
        eojeols.update(eojeol_counts.count_eojeols(sentence))
    gold = [
        word
        for name in TREEBANKS
        for word in vocabulary_metrics.gold_words(vocabulary_metrics.CORPUS / "ud" / name)
    ]
    held = {
        path for pattern in vocabulary_metrics.HELD_OUT for path in options.novels.glob(pattern)
    }
    new = find_new_words(
        [
            normalize(path.read_text("utf-8", "replace"))
            for path in sorted(options.novels.glob("*.txt"))
            if path not in held
        ]
    )
    words = hangul_words(eojeols)
    print(f"{len(words):,} words, {len(new)} new words, such as {' '.join(new[:: len(new) // 12])}")
    print(f"{'segmenter':<17}{'MB':>5}{'load':>6}{'words':>7}{'char/s':>9}{'F1 own':>8}{'voc.':>7}"
          f"{'char/tok':>10}{'new own':>9}{'voc.':>7}{'bits':>8}")  # fmt: skip
    for name in options.segmenters:
        # A process for each: two analysers would share one Java heap.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            found, own, speed = process.submit(segment, name, eojeols, gold).result()
        learned = learning.learn(eojeols, options.size, found)
        tokenizer = sentencepiece_model.load(learned.model)
        pieces = {tokenizer.id_to_piece(number) for number in range(tokenizer.get_piece_size())}
        print(
            f"{name:<17}{megabytes(PACKAGES.get(name, JAVA)):>5.0f}{speed}"
            f"{vocabulary_metrics.boundary_f1(own, [ends for _, ends in gold]):>8.3f}"
            f"{vocabulary_metrics.vocabulary_f1(tokenizer, gold):>7.3f}"
            f"{vocabulary_metrics.characters_per_token(tokenizer, test):>10.3f}"
            f"{kept_whole(new, words, found.boundaries):>9.2f}"
            f"{sum('▁' + word in pieces for word in new) / len(new):>7.2f}",
            end="" if options.steps else "\n",
            flush=True,
        )
        if options.steps:
            label = name.replace(":", "-")
            model = options.build / f"{label}.model"
            model.write_bytes(learned.model)
            encoded = options.build / f"{label}-{options.size}"
            vocabulary_metrics.make_data(options.novels, encoded, "--tokenizer", model)
            run = options.build / f"{label}-{options.size}-{options.steps}"
            print(f"{vocabulary_metrics.train(encoded, run, options.steps).bits:>8.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(record.run(main))
