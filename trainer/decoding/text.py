"""Text to tokens and back, inside the graph and with the pipeline's own rules."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text

from pipeline.records import EOS_ID


class TextCodec(tf.Module):
    """Normalises and tokenises as the data set was.

    Everything here runs on the CPU: string ops and SentencePiece have no other kernel, and a
    server that puts the rest on a GPU must not try.

    Args:
        tokenizer: content of ``tokenizer.model``.
        normalization: ``{"form", "replacements"}`` of the data set's manifest.
    """

    def __init__(self, tokenizer: bytes, normalization: dict[str, Any]):
        super().__init__()
        self.form = normalization["form"]
        self.replacements = [tuple(rule) for rule in normalization["replacements"]]
        with tf.device("/CPU:0"):
            self.tokenizer = tf_text.SentencepieceTokenizer(tokenizer, out_type=tf.int32)

    def normalise(self, text: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` → string ``[...]``; bytes that are not UTF-8 become U+FFFD."""
        with tf.device("/CPU:0"):
            text = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")
            text = tf_text.normalize_utf8(text, self.form)
            for pattern, replacement in self.replacements:
                text = tf.strings.regex_replace(text, pattern, replacement)
            return text

    def lines(self, text: tf.Tensor, last: int) -> tf.RaggedTensor:
        """Normalised lines that are not empty.

        Args:
            text: string ``[B]``, one sentence a line.
            last: only so many from the end are kept.

        Returns:
            string ``[B, (lines)]``.
        """
        with tf.device("/CPU:0"):
            lines = tf.strings.split(text, "\n")
            lines = lines.with_flat_values(self.normalise(lines.flat_values))
            lines = tf.ragged.boolean_mask(lines, tf.not_equal(lines, ""))
            return lines[:, -last:]

    def encode(self, text: tf.Tensor | tf.RaggedTensor) -> tf.RaggedTensor:
        """Normalised string ``[B, (n)]`` or ``[n]`` → int32 ids with one more, ragged, axis."""
        with tf.device("/CPU:0"):
            return self.tokenizer.tokenize(text)

    def with_end(self, ids: tf.RaggedTensor, longest: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Close each sentence and make it dense; of longer ones only the end is kept.

        Args:
            ids: int32 ``[B, (n), (tokens)]``.

        Returns:
            ids int32 ``[B, N, S]`` and lengths ``[B, N]``, N and S at least 1; a slot without
            a sentence has length 0.
        """
        with tf.device("/CPU:0"):
            ids = ids[:, :, -longest:]
            flat = ids.merge_dims(0, 1)
            closed = tf.concat([flat, tf.fill([flat.nrows(), 1], EOS_ID)], axis=1)
            closed = tf.RaggedTensor.from_row_splits(closed, ids.row_splits)
            lengths = closed.with_values(closed.values.row_lengths()).to_tensor()
            dense = closed.to_tensor()
            missing = [[0, 0], [0, tf.maximum(0, 1 - tf.shape(lengths)[1])]]
            lengths = tf.pad(tf.cast(lengths, tf.int32), missing)
            return tf.pad(dense, [*missing, [0, tf.maximum(0, 1 - tf.shape(dense)[2])]]), lengths

    def decode(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """int32 ``[B, K, L]`` of which ``lengths [B, K]`` count → normalised string ``[B, K]``."""
        with tf.device("/CPU:0"):
            shape = tf.shape(lengths)
            flat = tf.reshape(ids, [-1, tf.shape(ids)[2]])
            ragged = tf.RaggedTensor.from_tensor(flat, lengths=tf.reshape(lengths, [-1]))
            return self.normalise(tf.reshape(self.tokenizer.detokenize(ragged), shape))
