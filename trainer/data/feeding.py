"""The tf.data input of training and evaluation: batches of packed rows."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline import records
from trainer.configuration import TrainerError, TrainingConfig
from trainer.data.corpus import EncodedCorpus
from trainer.data.packing import pack

SHUFFLED_PASSAGES = 1024
SHUFFLED_WINDOWS = 256
EVALUATION_ROWS = 16  # of 256 tokens: nearly every passage fits whole

PADDING = {"tokens": records.PAD_ID, "sentences": -1, "passages": -1}

Batch = dict[str, tf.Tensor]


def training_batches(
    data: EncodedCorpus, config: TrainingConfig, start_step: int
) -> tf.data.Dataset:
    """An endless stream of batches, starting with that of ``start_step``; seeded.

    Passages are reshuffled in each epoch and packed into rows one after the other; a window is
    ``rows`` consecutive rows, so it may cut a passage.

    Returns:
        Inputs of :class:`trainer.model.story_model.StoryModel`: int32 ``tokens`` and ``sentences``
        ``[batch, rows, row_tokens]``, ``passages`` ``[batch, rows]``.

    Raises:
        TrainerError: a sentence may not fit into a row.
    """
    check_rows(data, config)
    files = data.files("train")

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        seed = config.seed + number
        shuffled = passages(files).shuffle(SHUFFLED_PASSAGES, seed=seed)
        rows = _rows(shuffled, config.row_tokens).flat_map(lambda passage: passage)
        windows = rows.batch(config.rows, drop_remainder=True)
        return windows.shuffle(SHUFFLED_WINDOWS, seed=seed)

    endless = tf.data.Dataset.range(np.iinfo(np.int64).max).flat_map(epoch)
    batches = endless.batch(config.batch, drop_remainder=True)
    return _sharded(batches.skip(start_step).prefetch(tf.data.AUTOTUNE))


def evaluation_batches(
    data: EncodedCorpus, config: TrainingConfig, split: str, most: int = -1, batch: int = 1
) -> tf.data.Dataset:
    """Every sentence of a split once, in order, each passage in a window of its own.

    A sentence thus sees all that precedes it in its passage, unless the passage has more than
    ``EVALUATION_ROWS`` rows and is cut. Windows are padded to that many rows, and the last batch
    is filled up with empty windows.

    Args:
        most: maximum number of windows; -1 for all.
        batch: windows in a batch.

    Raises:
        TrainerError: the split is empty, or a sentence may not fit into a row.
    """
    check_rows(data, config)
    if not data.sentences(split):
        raise TrainerError(
            f"the {split} split of {data.folder} is empty: with one or two novels, all text goes "
            "into training; add novels to evaluate on text the model has not seen"
        )
    rows = _rows(passages(data.files(split)), config.row_tokens)
    windows = rows.flat_map(lambda passage: passage.batch(EVALUATION_ROWS))
    windows = windows.map(_pad).take(most)
    if batch > 1:
        empty = windows.take(1).map(_empty_like).repeat(batch - 1)
        windows = windows.concatenate(empty)
    return _sharded(windows.batch(batch, drop_remainder=True).prefetch(2))


def check_rows(data: EncodedCorpus, config: TrainingConfig) -> None:
    """Raise :class:`TrainerError` if a sentence of the data set may not fit into a row."""
    if data.longest_sentence >= config.row_tokens:
        raise TrainerError(
            f"sentences of {data.folder} have up to {data.longest_sentence} tokens and do not "
            f"fit into rows of {config.row_tokens}; run python -m pipeline with "
            f"--max_sentence_tokens {config.row_tokens - 1} or less"
        )


def _sharded(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Have several workers read the same batches and each take its share of every batch."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return batches.with_options(options)


def passages(files: list[str]) -> tf.data.Dataset:
    """The passages of some shards: int64 ``tokens`` and ``lengths``."""
    spec = {
        records.TOKENS: tf.io.RaggedFeature(tf.int64, row_splits_dtype=tf.int64),
        records.LENGTHS: tf.io.RaggedFeature(tf.int64, row_splits_dtype=tf.int64),
    }
    examples = tf.data.TFRecordDataset(files, compression_type="GZIP")
    return examples.map(lambda example: tf.io.parse_single_example(example, spec))


def _rows(passages: tf.data.Dataset, row_tokens: int) -> tf.data.Dataset:
    """For each passage, a ``tf.data.Dataset`` of its rows."""

    def packed(tokens: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return pack(tokens, lengths, row_tokens)

    def to_rows(number: tf.Tensor, passage: Batch) -> tf.data.Dataset:
        inputs = [passage[records.TOKENS], passage[records.LENGTHS]]
        tokens, sentences = tf.numpy_function(packed, inputs, [tf.int32, tf.int32], stateful=False)
        tokens = tf.ensure_shape(tokens, [None, row_tokens])
        sentences = tf.ensure_shape(sentences, [None, row_tokens])
        numbers = tf.fill([tf.shape(tokens)[0]], tf.cast(number, tf.int32))
        return tf.data.Dataset.from_tensor_slices(
            {"tokens": tokens, "sentences": sentences, "passages": numbers}
        )

    return passages.enumerate().map(to_rows)


def _empty_like(window: Batch) -> Batch:
    return {key: tf.fill(tf.shape(value), PADDING[key]) for key, value in window.items()}


def _pad(window: Batch) -> Batch:
    missing = EVALUATION_ROWS - tf.shape(window["passages"])[0]
    return {
        key: tf.ensure_shape(
            tf.pad(
                value,
                [[0, missing]] + [[0, 0]] * (len(value.shape) - 1),
                constant_values=PADDING[key],
            ),
            [EVALUATION_ROWS, *value.shape[1:]],
        )
        for key, value in window.items()
    }
