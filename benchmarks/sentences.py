"""Sentence splitting: our splitter beside Kiwi's and a regular expression.

Boundaries are compared with the gold sentences of the UD development sets, joined by spaces into
paragraphs of five. The novels have no gold boundaries; there the benchmark counts what would hurt a
model: sentences with a quotation mark that has no partner.

Kaist is edited text, with a final mark after every sentence. GSD includes questions and reviews
from the web, a third of them without one. The rules were written with both sets at hand, so the
figures show that they are no worse than Kiwi on these, not how well they do on unseen text.

Command (needs the shared corpus beside the repository):

    python -m benchmarks.sentences
"""

from __future__ import annotations

import functools
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kiwipiepy import Kiwi

from benchmarks import record
from pipeline.reading.normalization import normalize
from pipeline.sentences import quotations, splitting

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
TOGETHER = 5  # gold sentences in a paragraph
KIWI_CHARACTERS = 1_000_000  # of the novels, for the time of Kiwi's variants

Splitter = Callable[[Sequence[str]], list[list[str]]]

_MARK = re.compile(r"([.?!…][\"'”’」』)]*) ")


def regular_expression(paragraphs: Sequence[str]) -> list[list[str]]:
    """Split after every final mark and its closing quotation marks."""
    return [_MARK.sub("\\1\n", paragraph).split("\n") for paragraph in paragraphs]


@functools.cache
def _kiwi(*options: tuple[str, object]) -> Kiwi:
    return Kiwi(**dict(options))  # type: ignore[arg-type]


def kiwi(paragraphs: Sequence[str], **options: object) -> list[list[str]]:
    """Sentences by Kiwi alone."""
    results = _kiwi(*options.items()).split_into_sents(paragraphs, return_sub_sents=False)
    return [[sentence.text for sentence in found] for found in results]


def ours(paragraphs: Sequence[str]) -> list[list[str]]:
    """Sentences by the pipeline; all paragraphs at once, as in the job."""
    whole = iter(splitting.split_sentences(paragraphs))
    return [list(_take(whole, paragraph)) for paragraph in paragraphs]


def _take(whole: Iterator[str], paragraph: str) -> Iterator[str]:
    left = len(paragraph.replace(" ", ""))
    while left > 0:
        sentence = next(whole)
        left -= len(sentence.replace(" ", ""))
        yield sentence


def gold(name: str) -> list[list[str]]:
    """Paragraphs of gold sentences."""
    lines = (CORPUS / "ud" / name).read_text("utf-8").splitlines()
    found = [normalize(line[9:]) for line in lines if line.startswith("# text = ")]
    return [found[at : at + TOGETHER] for at in range(0, len(found), TOGETHER)]


def novels() -> list[str]:
    """All paragraphs of the shared novels."""
    files = sorted((CORPUS / "novels").glob("*.txt"))
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return list(filter(None, map(normalize, lines)))


def boundaries(parts: Sequence[str]) -> set[int]:
    """Positions between sentences, in characters other than spaces."""
    place, found = 0, set()
    for part in parts[:-1]:
        place += len(part.replace(" ", ""))
        found.add(place)
    return found


def measure_boundaries(paragraphs: Sequence[list[str]], split: Splitter) -> str:
    """Precision, recall and F1 of the boundaries."""
    right = extra = missing = 0
    for truth, found in zip(paragraphs, split([" ".join(it) for it in paragraphs]), strict=True):
        expected, got = boundaries(truth), boundaries(found)
        right += len(expected & got)
        extra += len(got - expected)
        missing += len(expected - got)
    precision, recall = right / (right + extra), right / (right + missing)
    f1 = 2 * precision * recall / (precision + recall)
    return f"{precision:.4f} {recall:.4f} {f1:.4f}"


def measure_novels(paragraphs: Sequence[str], split: Splitter) -> str:
    """Number of sentences, share with an unbalanced quotation mark, and lengths."""
    found = [sentence for parts in split(paragraphs) for sentence in parts]
    lengths = sorted(map(len, found))
    unbalanced = sum(1 for sentence in found if quotations.match(sentence)[1])
    return (
        f"{len(found):>9,} {len(found) / len(paragraphs):>9.2f} {unbalanced / len(found):>10.1%} "
        f"{sum(lengths) / len(lengths):>6.1f} {lengths[len(lengths) * 99 // 100]:>5}"
    )


def measure_time(paragraphs: Sequence[str], split: Splitter) -> float:
    """CPU seconds per million characters, without loading."""
    split(["그는 갔다 나는 남았다"])
    begin = time.process_time()
    split(paragraphs)
    return (time.process_time() - begin) * 1e6 / sum(map(len, paragraphs))


def main() -> None:
    """Print the tables."""
    record.parser(__doc__).parse_args()
    if not CORPUS.is_dir():
        sys.exit(f"{CORPUS} is missing: this benchmark needs the shared corpus")
    splitters: dict[str, Splitter] = {
        "ours": ours,
        "Kiwi": functools.partial(kiwi, load_multi_dict=False),
        "expression": regular_expression,
    }
    text = novels()
    part, size = [], 0
    for paragraph in text[:: max(1, sum(map(len, text)) // KIWI_CHARACTERS)]:
        part.append(paragraph)
        size += len(paragraph)
    for name in ("ko_kaist-ud-dev.conllu", "ko_gsd-ud-dev.conllu"):
        paragraphs = gold(name)
        print(f"{name:<24} {sum(map(len, paragraphs)):,} sentences")
        print(f"{'':<12} precision recall F1")
        for title, split in splitters.items():
            print(f"{title:<12} {measure_boundaries(paragraphs, split)}", flush=True)
    print(f"novels: {sum(map(len, text)):,} characters in {len(text):,} paragraphs")
    print(f"{'':<12} sentences per para. unbalanced   mean   99%")
    for title, split in splitters.items():
        print(f"{title:<12} {measure_novels(text, split)}", flush=True)
    print(f"CPU seconds per million characters, measured on {size:,}")
    variants: dict[str, Splitter] = {
        **splitters,
        "Kiwi, with multi-word names": functools.partial(kiwi, load_multi_dict=True),
        "Kiwi, without typo dictionary": functools.partial(
            kiwi, load_multi_dict=False, load_typo_dict=False
        ),
        "Kiwi, without word dictionary": functools.partial(
            kiwi, load_multi_dict=False, load_default_dict=False
        ),
        "Kiwi, without allomorph rules": functools.partial(
            kiwi, load_multi_dict=False, integrate_allomorph=False
        ),
        "Kiwi, global model": functools.partial(
            kiwi, load_multi_dict=False, model_type="cong-global"
        ),
    }
    kaist, gsd = gold("ko_kaist-ud-dev.conllu"), gold("ko_gsd-ud-dev.conllu")
    for title, split in variants.items():
        spent = measure_time(part, split)
        f1 = [measure_boundaries(it, split).split()[-1] for it in (kaist, gsd)]
        print(f"{title:<36} {spent:>6.2f}  F1 {' '.join(f1)}", flush=True)


if __name__ == "__main__":
    sys.exit(record.run(main))
