"""Reads the text of a data set back from its records, work by work."""

from __future__ import annotations

from collections import defaultdict

from pipeline import records
from trainer.data.corpus import EncodedCorpus


def read_works(data: EncodedCorpus, split: str) -> list[list[str]]:
    """The sentences of each work of a split, in order; works are sorted by id."""
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(data.tokenizer))
    return [pieces.decode(work) for work in read_encoded_works(data, split)]


def read_encoded_works(data: EncodedCorpus, split: str) -> list[list[list[int]]]:
    """As :func:`read_works`, but each sentence is its token ids, without EOS.

    Passages of one work are joined again, whatever shards they are in.
    """
    import tensorflow as tf

    spec = {
        records.WORK: tf.io.FixedLenFeature([], tf.string),
        records.FIRST_SENTENCE: tf.io.FixedLenFeature([], tf.int64),
        records.TOKENS: tf.io.VarLenFeature(tf.int64),
        records.LENGTHS: tf.io.VarLenFeature(tf.int64),
    }
    passages: dict[bytes, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    for example in tf.data.TFRecordDataset(data.files(split), compression_type="GZIP"):
        parsed = tf.io.parse_single_example(example, spec)
        tokens = parsed[records.TOKENS].values.numpy().tolist()
        sentences, begin = [], 0
        for length in parsed[records.LENGTHS].values.numpy().tolist():
            sentences.append(tokens[begin : begin + length])
            begin += length
        first = int(parsed[records.FIRST_SENTENCE].numpy())
        passages[parsed[records.WORK].numpy()].append((first, sentences))
    return [
        [sentence for _, part in sorted(parts) for sentence in part]
        for _, parts in sorted(passages.items())
    ]
