"""The text of a data set: its records decoded, work by work."""

from __future__ import annotations

from collections import defaultdict

from pipeline import records
from trainer.data.dataset import DataSet


def works(data: DataSet, split: str) -> list[list[str]]:
    """Sentences of each work of a split, in order; the works by their ids."""
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(data.tokenizer))
    return [pieces.decode(work) for work in encoded_works(data, split)]


def encoded_works(data: DataSet, split: str) -> list[list[list[int]]]:
    """The same as :func:`works`, each sentence as its tokens, without its end.

    Windows of one work that lie in several records are joined again, so neither the number nor
    the order of shards matters.
    """
    import tensorflow as tf

    spec = {
        records.WORK: tf.io.FixedLenFeature([], tf.string),
        records.FIRST_SENTENCE: tf.io.FixedLenFeature([], tf.int64),
        records.TOKENS: tf.io.VarLenFeature(tf.int64),
        records.LENGTHS: tf.io.VarLenFeature(tf.int64),
    }
    found: dict[bytes, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    for example in tf.data.TFRecordDataset(data.files(split), compression_type="GZIP"):
        parsed = tf.io.parse_single_example(example, spec)
        tokens = parsed[records.TOKENS].values.numpy().tolist()
        sentences, begin = [], 0
        for length in parsed[records.LENGTHS].values.numpy().tolist():
            sentences.append(tokens[begin : begin + length])
            begin += length
        first = int(parsed[records.FIRST_SENTENCE].numpy())
        found[parsed[records.WORK].numpy()].append((first, sentences))
    return [
        [sentence for _, part in sorted(parts) for sentence in part]
        for _, parts in sorted(found.items())
    ]
