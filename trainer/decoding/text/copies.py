"""A filter in the graph against candidates that copy a sentence of the training text.

A model may memorise sentences. The graph holds sorted 31-bit hashes of all training sentences
but the shortest: four bytes each (half a megabyte for 130,000), with a false-positive rate of
one new sentence in ``2^31 / sentences``.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline import records
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import passages
from trainer.decoding.text.codec import TextCodec

SHORTEST = 8  # letters; shorter sentences are too common to be a copy
HASH_BUCKETS = 2**31 - 1


class CopyFilter(tf.Module):
    """Set membership by hash.

    Attributes:
        fingerprints: int32 ``[n]``, sorted.
    """

    def __init__(self, fingerprints: np.ndarray | None = None):
        super().__init__()
        values = np.zeros(0, np.int32) if fingerprints is None else fingerprints.astype(np.int32)
        with tf.device("/CPU:0"):
            self.fingerprints = tf.Variable(values, trainable=False)

    def __call__(self, letters: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` from ``TextCodec.letters`` → bool ``[...]``, True for copies."""
        with tf.device("/CPU:0"):
            known = tf.concat([self.fingerprints, [HASH_BUCKETS]], axis=0)
            fingerprint = _fingerprint(letters)
            flat = tf.reshape(fingerprint, [-1])
            found = tf.gather(known, tf.searchsorted(known, flat))
            return tf.reshape(found == flat, tf.shape(fingerprint)) & _is_long(letters)


def fingerprints(data: EncodedCorpus, codec: TextCodec) -> np.ndarray:
    """Distinct fingerprints of the train split's sentences, int32 ``[n]``, sorted."""

    def of_passage(passage: dict[str, tf.Tensor]) -> tf.Tensor:
        ids = tf.RaggedTensor.from_row_lengths(
            tf.cast(passage[records.TOKENS], tf.int32), passage[records.LENGTHS]
        )
        letters = codec.letters(codec.tokenizer.detokenize(ids))
        return tf.boolean_mask(_fingerprint(letters), _is_long(letters))

    found = list(passages(data.files("train")).map(of_passage).as_numpy_iterator())
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int32)


def _fingerprint(letters: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.strings.to_hash_bucket_fast(letters, HASH_BUCKETS), tf.int32)


def _is_long(letters: tf.Tensor) -> tf.Tensor:
    return tf.strings.length(letters, unit="UTF8_CHAR") >= SHORTEST
