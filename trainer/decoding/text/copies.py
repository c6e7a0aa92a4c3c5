"""Which sentences stand in the training text: a compact filter inside the graph.

A model may learn a sentence by heart. Of every training sentence of some length the graph keeps
a fingerprint of 31 bits, sorted: four bytes a sentence (half a megabyte for 130,000), with one new
sentence in ``2^31 / sentences`` taken for a copy by mistake.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipeline import records
from trainer.data.corpus import EncodedCorpus
from trainer.data.feeding import passages
from trainer.decoding.text.codec import TextCodec

SHORTEST = 8  # letters; shorter sentences are common property
SPACE = 2**31 - 1


class CopyFilter(tf.Module):
    """Attributes:
    fingerprints: int32 ``[n]``, sorted.
    """

    def __init__(self, fingerprints: np.ndarray | None = None):
        super().__init__()
        held = np.zeros(0, np.int32) if fingerprints is None else fingerprints.astype(np.int32)
        with tf.device("/CPU:0"):
            self.fingerprints = tf.Variable(held, trainable=False)

    def __call__(self, letters: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` from ``TextCodec.letters`` → bool ``[...]``, True for copies."""
        with tf.device("/CPU:0"):
            known = tf.concat([self.fingerprints, [SPACE]], axis=0)
            wanted = _fingerprint(letters)
            flat = tf.reshape(wanted, [-1])
            found = tf.gather(known, tf.searchsorted(known, flat))
            return tf.reshape(found == flat, tf.shape(wanted)) & _long(letters)


def fingerprints(data: EncodedCorpus, codec: TextCodec) -> np.ndarray:
    """Fingerprints of the training split's sentences, int32 ``[n]``, sorted, each once."""

    def of_passage(passage: dict[str, tf.Tensor]) -> tf.Tensor:
        ids = tf.RaggedTensor.from_row_lengths(
            tf.cast(passage[records.TOKENS], tf.int32), passage[records.LENGTHS]
        )
        letters = codec.letters(codec.tokenizer.detokenize(ids))
        return tf.boolean_mask(_fingerprint(letters), _long(letters))

    found = list(passages(data.files("train")).map(of_passage).as_numpy_iterator())
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int32)


def _fingerprint(letters: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.strings.to_hash_bucket_fast(letters, SPACE), tf.int32)


def _long(letters: tf.Tensor) -> tf.Tensor:
    return tf.strings.length(letters, unit="UTF8_CHAR") >= SHORTEST
