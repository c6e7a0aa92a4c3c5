"""Our vocabulary beside that of SentencePiece's unigram trainer, learned from the same sentences.

Both learn from the train split of the shared novels (four works are held out) with the same
normalised sentences, identity rule, byte fallback and number of pieces. SentencePiece has its
default character coverage of 0.9995 (1.0 gives it fewer characters per token), ours is 0.998.

F1 is that of morpheme boundaries in the words of the UD development sets whose morphemes
concatenate to the surface form. Characters per token and bits per character are measured on the
held-out works. Bits are those of the `tiny` model after the same number of steps, each with the
same number of tokens. Shapes, and so the arithmetic of a step, are the same for all vocabularies of
the same size; the second column of CPU seconds, those of the training, checks this (they vary by a
fifth on a busy machine).

Command (needs the shared corpus beside the repository; --steps 0 skips the training):

    python -m benchmarks.vocabulary --build build/vocabulary --steps 600
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from benchmarks import held_out, record, vocabulary_metrics
from pipeline import records
from pipeline.vocabulary import eojeol_counts, learning, soynlp_segmenter
from trainer.arguments import whole_number
from trainer.data.corpus import EncodedCorpus

KAIST, GSD = "ko_kaist-ud-dev.conllu", "ko_gsd-ud-dev.conllu"


def learn_ours(sentences: Sequence[str], size: int, model: Path) -> None:
    """Learn our vocabulary."""
    eojeols: Counter[str] = Counter()
    for sentence in sentences:
        eojeols.update(eojeol_counts.count_eojeols(sentence))
    model.write_bytes(learning.learn(eojeols, size, soynlp_segmenter.segment_words(eojeols)).model)


def learn_theirs(sentences: Sequence[str], size: int, model: Path) -> None:
    """Learn SentencePiece's vocabulary, with the reserved ids of our records."""
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_prefix=str(model.with_suffix("")),
        vocab_size=size,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        byte_fallback=True,
        max_sentence_length=100_000,
        num_threads=1,
        pad_id=records.PAD_ID,
        unk_id=records.UNK_ID,
        bos_id=records.BOS_ID,
        eos_id=records.EOS_ID,
        minloglevel=2,
    )


LEARNERS = {"soynlp boundaries (ours)": learn_ours, "SentencePiece unigram": learn_theirs}


def main() -> None:
    """Print one line per vocabulary."""
    parser = record.parser(__doc__)
    parser.add_argument(
        "--novels", type=Path, default=vocabulary_metrics.CORPUS / "novels", help="folder of novels"
    )
    parser.add_argument("--build", type=Path, required=True, help="folder for all output")
    parser.add_argument(
        "--sizes", type=whole_number(1), nargs="+", default=[8000, 16000],
        help="pieces (default: 8000 16000)",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=whole_number(0), default=300,
        help="training steps; 0 skips the training (default: 300)",
    )  # fmt: skip
    options = parser.parse_args()
    options.build.mkdir(parents=True, exist_ok=True)

    vocabulary_metrics.make_data(options.novels, options.build / "sentences")
    data = EncodedCorpus.open(options.build / "sentences")
    train, test = (list(held_out.sentences(data, split)) for split in ("train", "test"))
    gold = [
        vocabulary_metrics.gold_words(vocabulary_metrics.CORPUS / "ud" / name)
        for name in (KAIST, GSD)
    ]
    print(f"{len(train):,} training sentences, {sum(map(len, test)):,} characters held out")
    print(f"{'vocabulary':<24}{'pieces':>7}{'CPU s':>7}{'F1 Kaist':>10}{'GSD':>7}{'both':>7}"
          f"{'chars/token':>13}{'bits/char':>11}{'CPU s':>7}")  # fmt: skip
    for size in options.sizes:
        for number, (name, learn) in enumerate(LEARNERS.items()):
            model = options.build / f"{size}-{number}.model"
            started = time.process_time()
            learn(train, size, model)
            seconds = time.process_time() - started
            pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
            scores = [
                vocabulary_metrics.vocabulary_f1(pieces, words)
                for words in (*gold, gold[0] + gold[1])
            ]
            print(
                f"{name:<24}{size:>7}{seconds:>7.0f}{scores[0]:>10.3f}{scores[1]:>7.3f}"
                f"{scores[2]:>7.3f}{vocabulary_metrics.characters_per_token(pieces, test):>13.3f}",
                end="" if options.steps else "\n",
                flush=True,
            )
            if options.steps:
                encoded = options.build / f"{size}-{number}"
                vocabulary_metrics.make_data(options.novels, encoded, "--tokenizer", model)
                run = options.build / f"{size}-{number}-{options.steps}"
                trained = vocabulary_metrics.train(encoded, run, options.steps)
                print(f"{trained.bits:>11.3f}{trained.seconds:>7.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(record.run(main))
