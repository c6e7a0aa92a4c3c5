"""soynlp beside each of KoNLPy's analysers: installation, speed, borders, tokens, new words.

All work on the distinct words of the shared novels without four held-out works, as the pipeline
does with --segmenter. Columns:

    MB        installed: the Python packages; four of KoNLPy's analysers need Java besides
    load      CPU seconds until the first word is analysed
    words     CPU seconds for all words, and characters of them a second
    F1 own    of borders in the words of the UD development sets whose morphemes concatenate to the
              surface; soynlp, which knows only what it has read, reads the novels and these words
    F1 voc.   the same, where the pieces of a vocabulary learned with these borders meet
    char/tok  characters a token on the held-out works
    bits      bits a character of the `tiny` model on them after --steps steps
    new own   share of the words made of a new word and a particle that break between these two
              and not inside the new word
    new voc.  share of new words that are one piece of the vocabulary

A *new word* here is what a dictionary does not have, a name or a coinage: 2 to 4 syllables, said 20
times or more with 4 or more of 11 particles, at least 9 times out of 10 in one and the same work,
not in Kiwi's dictionary (which none of those compared uses), and without a suffix (복순이, 노인들,
where an analyser breaks with reason).

Command (needs the shared corpus beside the repository; --steps 0 leaves the training out):

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

from benchmarks import held_out, measures, record
from benchmarks.measures import Gold
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
    """Names and coinages in the texts of works, see above."""
    from kiwipiepy import Kiwi

    said: dict[str, Counter[int]] = defaultdict(Counter)
    particles: dict[str, set[str]] = defaultdict(set)
    for number, text in enumerate(texts):
        for word, count in hangul_words(Counter(text.split())).items():
            for particle in PARTICLES:
                head = word.removesuffix(particle)
                if head != word and 2 <= len(head) <= 4:
                    said[head][number] += count
                    particles[head].add(particle)
    kiwi = Kiwi()
    return [
        word
        for word, works in sorted(said.items())
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
    """Share of words of a new word and a particle that break between these, and not before."""
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
    """Finds where words break, in a text and in gold words; says how long the text took."""
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
        for batch in segmenters.batches(eojeols):
            found.add(segmenters.analyse(batch, analyser))
        seconds = time.process_time() - loaded
        words = segmenters.to_segmentation(found, name)
        boundaries = segmenters.analyse([word for word, _ in gold], analyser).boundaries
        own = [frozenset(boundaries.get(word, ())) for word, _ in gold]
    return words, own, f"{loaded - started:>6.1f}{seconds:>7.0f}{characters / seconds:>9,.0f}"


def main() -> None:
    """Prints one line a segmenter."""
    parser = record.parser(__doc__)
    parser.add_argument("--novels", type=Path, default=measures.CORPUS / "novels")
    parser.add_argument("--build", type=Path, required=True, help="folder for what is made")
    parser.add_argument("--segmenters", nargs="+", default=segmenters.SEGMENTERS)
    parser.add_argument("--size", type=int, default=8000, help="pieces")
    parser.add_argument("--steps", type=int, default=300, help="of training; 0 leaves it out")
    options = parser.parse_args()
    options.build.mkdir(parents=True, exist_ok=True)

    measures.make_data(options.novels, options.build / "sentences")
    data = EncodedCorpus.open(options.build / "sentences")
    test = list(held_out.sentences(data, "test"))
    eojeols: Counter[str] = Counter()
    for sentence in held_out.sentences(data, "train"):
        eojeols.update(eojeol_counts.count_eojeols(sentence))
    gold = [
        word for name in TREEBANKS for word in measures.gold_words(measures.CORPUS / "ud" / name)
    ]
    held = {path for pattern in measures.HELD_OUT for path in options.novels.glob(pattern)}
    new = find_new_words(
        [
            normalize(path.read_text("utf-8", "replace"))
            for path in sorted(options.novels.glob("*.txt"))
            if path not in held
        ]
    )
    words = hangul_words(eojeols)
    print(f"{len(words):,} words, {len(new)} new ones, such as {' '.join(new[:: len(new) // 12])}")
    print(f"{'segmenter':<17}{'MB':>5}{'load':>6}{'words':>7}{'char/s':>9}{'F1 own':>8}{'voc.':>7}"
          f"{'char/tok':>10}{'new own':>9}{'voc.':>7}{'bits':>8}")  # fmt: skip
    for name in options.segmenters:
        # A process each: two analysers would share Java's memory.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            found, own, speed = process.submit(segment, name, eojeols, gold).result()
        learned = learning.learn(eojeols, options.size, found)
        tokenizer = sentencepiece_model.load(learned.model)
        pieces = {tokenizer.id_to_piece(number) for number in range(tokenizer.get_piece_size())}
        print(
            f"{name:<17}{megabytes(PACKAGES.get(name, JAVA)):>5.0f}{speed}"
            f"{measures.border_f1(own, [ends for _, ends in gold]):>8.3f}"
            f"{measures.vocabulary_f1(tokenizer, gold):>7.3f}"
            f"{measures.characters_a_token(tokenizer, test):>10.3f}"
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
            measures.make_data(options.novels, encoded, "--tokenizer", model)
            run = options.build / f"{label}-{options.size}-{options.steps}"
            print(f"{measures.train(encoded, run, options.steps).bits:>8.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(record.run(main))
