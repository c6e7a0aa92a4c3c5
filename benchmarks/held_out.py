"""Bits per character on held-out novels: trained runs beside a 4-gram and a decoder-only model.

The n-gram model (interpolated, Witten and Bell 1991; Chen and Goodman 1998, section 2.5) is trained
on the train split and measured on the test split, both read from the data set's records. For every
model, bits include sentence ends and characters do not. Runs of ``baselines/decoder_only.py``, a
Transformer of the same size that reads one stream of text, are recognised by their
``decoder_only.json``, which has their bits on the same test split.

Command (three and a half hours):

    python -m pipeline --input ../shared/corpus/novels --output build/novels \\
        --test_works '*소금.txt' --test_works '*나도향_청춘.txt' --test_works '*빈처.txt' \\
        --test_works '*그믐달.txt'
    for minutes in 10 30 60; do
        python -m trainer --data build/novels --output build/run$minutes --minutes $minutes \\
            --steps 1000000 --evaluate_every 500
        python -m benchmarks.baselines.decoder_only --data build/novels \\
            --output build/decoder$minutes --minutes $minutes
    done
    python -m benchmarks.held_out --data build/novels build/{run,decoder}{10,30,60}
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks import record
from trainer.command import run_command
from trainer.configuration import TrainerError
from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_works

ORDER = 4
DECODER_ONLY = "decoder_only.json"  # what baselines/decoder_only.py writes


class WittenBell:
    """Interpolated character n-gram model: each order is mixed with the next lower one."""

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
        self.symbols = len(self.counts[0]) + 1  # plus one for all unseen characters

    def probability(self, context: str, character: str) -> float:
        """Probability of ``character`` after ``context``, of which only the end is used."""
        value = 1.0 / self.symbols
        for n in range(1, self.order + 1):
            history = context[len(context) - n + 1 :] if n > 1 else ""
            total, kinds = self.seen[n - 1].get(history, (0, 0))
            if total:
                count = self.counts[n - 1].get(history + character, 0)
                value = (count + kinds * value) / (total + kinds)
        return value

    def bits(self, text: str) -> float:
        """Bits that ``text`` costs."""
        reach = self.order - 1
        return -sum(
            math.log2(self.probability(text[max(0, i - reach) : i], text[i]))
            for i in range(len(text))
        )


def sentences(data: EncodedCorpus, split: str) -> Iterator[str]:
    """Sentences of a split, work by work."""
    return (sentence for work in read_works(data, split) for sentence in work)


def decoder_bits(run: Path, data: EncodedCorpus) -> tuple[float, float]:
    """Bits and characters of a decoder-only run, from its own file of figures."""
    found = json.loads((run / DECODER_ONLY).read_text(encoding="utf-8"))
    if found["tokenizer"] != data.manifest["tokenizer"]["sha256"]:
        raise TrainerError(f"{run} was trained with another vocabulary than that of {data.folder}")
    return found["bits_per_character"] * found["characters"], found["characters"]


def main() -> int:
    """Print one line per model."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("runs", type=Path, nargs="*", help="folders of training runs")
    options = parser.parse_args()
    data = EncodedCorpus.open(options.data)
    test = list(sentences(data, "test"))
    characters = sum(map(len, test))
    model = WittenBell("\n".join(sentences(data, "train")) + "\n", ORDER)
    bits = model.bits("\n".join(test) + "\n")
    print(f"{'model':<40} bits per character ({characters:,} characters)")
    print(f"{f'character {ORDER}-gram, Witten-Bell':<40} {bits / characters:.3f}")
    from trainer.evaluate import measure

    for run in options.runs:
        alone = (run / DECODER_ONLY).is_file()
        bits, counted = decoder_bits(run, data) if alone else measure(run, data, "test")
        assert counted == characters
        name = f"{run}, decoder only" if alone else str(run)
        print(f"{name:<40} {bits / characters:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: record.run(main)))
