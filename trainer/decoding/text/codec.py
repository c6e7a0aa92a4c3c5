"""Text to tokens and back, inside the graph and with the pipeline's own rules."""

from __future__ import annotations

import struct
from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text
from sentencepiece import sentencepiece_model_pb2

from pipeline.records import EOS_ID, SPECIAL_PIECES
from trainer.decoding.text.replacements import Replacements

BYTE_PIECES = 256
LONGEST_LINE = 1024  # characters
SPACE = "▁"  # how SentencePiece writes one
# A character map that maps nothing (SentencePiece's normalizer.cc: size of a trie, the trie, and
# the strings it leads to). Where there is none at all, as in our models, the op says so on every
# load, and no log level reaches it.
NO_MAP = struct.pack("<I", 1024) + bytes(1024 + 1)


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
        self.replacements = Replacements((old, new) for old, new in normalization["replacements"])
        model = sentencepiece_model_pb2.ModelProto.FromString(tokenizer)
        model.normalizer_spec.precompiled_charsmap = NO_MAP
        with tf.device("/CPU:0"):
            self.tokenizer = tf_text.SentencepieceTokenizer(
                model.SerializeToString(), out_type=tf.int32
            )
            pieces = self.tokenizer.id_to_string(tf.range(self.tokenizer.vocab_size())).numpy()
        pieces[: len(SPECIAL_PIECES) + BYTE_PIECES] = b""
        self.surfaces = [piece.decode() for piece in pieces.tolist()]
        with tf.device("/CPU:0"):
            self.pieces = tf.constant(self.surfaces)  # one for all graphs

    def normalise(self, text: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` → string ``[...]``; bytes that are not UTF-8 become U+FFFD."""
        with tf.device("/CPU:0"):
            text = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")
            text = tf_text.normalize_utf8(text, self.form)
            return self.replacements(text)

    def lines(self, text: tf.Tensor, first: int, last: int) -> tf.RaggedTensor:
        """Normalised lines that are not empty.

        What is left out is never normalised, so that a long text costs little more than a short
        one.

        Args:
            text: string ``[B]``, one sentence a line.
            first, last: so many are kept from the beginning and from the end; fewer where a
                line turns out to be empty when it is normalised.

        Returns:
            string ``[B, (lines)]``.
        """
        with tf.device("/CPU:0"):
            lines = tf.strings.split(text, "\n")
            lines = tf.ragged.boolean_mask(lines, tf.strings.regex_full_match(lines, r"(?s).*\S.*"))
            lines = tf.concat([lines[:, :-last][:, :first], lines[:, -last:]], axis=1)
            # Of a long line the end is kept, as with tokens.
            flat = lines.flat_values
            skipped = tf.strings.length(flat, unit="UTF8_CHAR") - LONGEST_LINE
            skipped = tf.maximum(skipped, 0)
            sizes = tf.fill(tf.shape(flat), LONGEST_LINE)
            flat = tf.strings.substr(flat, skipped, sizes, unit="UTF8_CHAR")
            lines = lines.with_flat_values(self.normalise(flat))
            return tf.ragged.boolean_mask(lines, tf.not_equal(lines, ""))

    def prefix(self, text: tf.Tensor) -> tf.Tensor:
        """Normalised string ``[B]`` that keeps one space at its end if there was any."""
        with tf.device("/CPU:0"):
            plain = self.normalise(text)
            spaced = tf.strings.regex_full_match(text, r"(?s).*[\s\x{a0}\x{3000}]")
            spaced &= tf.not_equal(plain, "")
            return tf.where(spaced, tf.strings.join([plain, tf.fill(tf.shape(plain), " ")]), plain)

    def letters(self, text: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` → what tells sentences apart: letters and numbers alone."""
        with tf.device("/CPU:0"):
            return tf.strings.regex_replace(tf.strings.lower(text, "utf-8"), r"[^\pL\pN]+", "")

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
            closed = tf.RaggedTensor.from_row_splits(closed, ids.row_splits, validate=False)
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
