"""Bits a character on held-out novels: trained runs beside a character 4-gram model.

The n-gram model (interpolated, Witten and Bell 1991; Chen and Goodman 1998, section 2.5) learns
from the same training split and is measured on the same test split, both read from the data
set's own records. Bits include sentence ends; characters do not, for both.

Command:

    python -m pipeline --input ../shared/corpus/novels --output build/novels \\
        --test_works '*소금.txt' --test_works '*나도향_청춘.txt' --test_works '*빈처.txt' \\
        --test_works '*그믐달.txt'
    python -m trainer --data build/novels --output build/run5 --minutes 5
    python -m trainer --data build/novels --output build/run30 --minutes 30 --evaluate_every 500
    python benchmarks/held_out.py --data build/novels build/run5 build/run30

Last result (2 cores of an Intel Xeon with AVX-512, 145,700 characters held out; which works
are held out matters: four of dialect and older spelling gave the 4-gram model 4.59):

    character 4-gram, Witten-Bell            3.966
    build/run5                               4.323
    build/run30                              3.904
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pipeline import records
from trainer.manifest import DataSet

ORDER = 4


class WittenBell:
    """Interpolated character n-gram model: each order backs off to the next lower one."""

    def __init__(self, text: str, order: int):
        self.order = order
        self.counts: list[Counter[str]] = [Counter() for _ in range(order)]
        for n in range(1, order + 1):
            grams = self.counts[n - 1]
            for start in range(len(text) - n + 1):
                grams[text[start : start + n]] += 1
        self.seen: list[dict[str, tuple[int, int]]] = []
        for grams in self.counts:
            totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            for gram, count in grams.items():
                totals[gram[:-1]][0] += count
                totals[gram[:-1]][1] += 1
            self.seen.append({context: (c, t) for context, (c, t) in totals.items()})
        self.symbols = len(self.counts[0]) + 1  # one for all that never occurred

    def probability(self, context: str, character: str) -> float:
        """Probability of ``character`` after ``context`` (its end is what counts)."""
        value = 1.0 / self.symbols
        for n in range(1, self.order + 1):
            history = context[len(context) - n + 1 :] if n > 1 else ""
            total, kinds = self.seen[n - 1].get(history, (0, 0))
            if total:
                count = self.counts[n - 1].get(history + character, 0)
                value = (count + kinds * value) / (total + kinds)
        return value

    def bits(self, text: str) -> float:
        """Bits that ``text`` takes."""
        reach = self.order - 1
        return -sum(
            math.log2(self.probability(text[max(0, i - reach) : i], text[i]))
            for i in range(len(text))
        )


def sentences(data: DataSet, split: str) -> Iterator[str]:
    """Decoded sentences of a split, passage by passage."""
    import sentencepiece
    import tensorflow as tf

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(data.tokenizer))
    spec = {name: tf.io.VarLenFeature(tf.int64) for name in (records.TOKENS, records.LENGTHS)}
    for example in tf.data.TFRecordDataset(data.files(split), compression_type="GZIP"):
        parsed = tf.io.parse_single_example(example, spec)
        tokens = parsed[records.TOKENS].values.numpy().tolist()
        begin = 0
        for length in parsed[records.LENGTHS].values.numpy():
            yield pieces.decode(tokens[begin : begin + length])
            begin += length


def main(arguments: Iterable[str] | None = None) -> None:
    """Print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("runs", type=Path, nargs="*")
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    data = DataSet.open(options.data)
    test = list(sentences(data, "test"))
    characters = sum(map(len, test))
    model = WittenBell("\n".join(sentences(data, "train")) + "\n", ORDER)
    bits = model.bits("\n".join(test) + "\n")
    print(f"{'model':<40} bits a character ({characters:,} characters)")
    print(f"{f'character {ORDER}-gram, Witten-Bell':<40} {bits / characters:.3f}")
    from trainer.evaluate import measure

    for run in options.runs:
        bits, counted = measure(run, data, "test")
        assert counted == characters
        print(f"{run!s:<40} {bits / characters:.3f}")


if __name__ == "__main__":
    main()
