"""Text to tokens and back, in the graph and by the rules of the data set."""

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
WORD_BOUNDARY = "▁"  # SentencePiece's mark for a space, at the beginning of a word
# A character map without entries (SentencePiece's normalizer.cc: size of a trie, the trie, and
# its strings). If a model has no map at all, as ours, the op prints a message on every load, at
# every log level.
EMPTY_CHARSMAP = struct.pack("<I", 1024) + bytes(1024 + 1)


class TextCodec(tf.Module):
    """Normalises and tokenises text as the pipeline did for the data set.

    Everything here is placed on the CPU: string ops and SentencePiece have no other kernel, and
    a server with a GPU must not place them there.

    Args:
        tokenizer: content of ``tokenizer.model``.
        normalization: ``{"form", "replacements"}`` of the data set's manifest.
    """

    def __init__(self, tokenizer: bytes, normalization: dict[str, Any]):
        super().__init__()
        self.form = normalization["form"]
        self.replacements = Replacements((old, new) for old, new in normalization["replacements"])
        model = sentencepiece_model_pb2.ModelProto.FromString(tokenizer)
        model.normalizer_spec.precompiled_charsmap = EMPTY_CHARSMAP
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
        """string ``[...]`` → string ``[...]``; invalid UTF-8 becomes U+FFFD."""
        with tf.device("/CPU:0"):
            text = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")
            text = tf_text.normalize_utf8(text, self.form)
            return self.replacements(text)

    def lines(self, text: tf.Tensor, first: int, last: int) -> tf.RaggedTensor:
        """The first and last lines, normalised, without empty ones.

        Other lines are never normalised, so that a long text costs little more than a short one.

        Args:
            text: string ``[B]``, one sentence per line.
            first, last: how many to keep from the beginning and from the end; fewer are left
                where normalising empties a line.

        Returns:
            string ``[B, (lines)]``.
        """
        with tf.device("/CPU:0"):
            lines = tf.strings.split(text, "\n")
            lines = tf.ragged.boolean_mask(lines, tf.strings.regex_full_match(lines, r"(?s).*\S.*"))
            lines = tf.concat([lines[:, :-last][:, :first], lines[:, -last:]], axis=1)
            # Long lines keep their end, as long sentences do.
            flat = lines.flat_values
            skipped = tf.strings.length(flat, unit="UTF8_CHAR") - LONGEST_LINE
            skipped = tf.maximum(skipped, 0)
            sizes = tf.fill(tf.shape(flat), LONGEST_LINE)
            flat = tf.strings.substr(flat, skipped, sizes, unit="UTF8_CHAR")
            lines = lines.with_flat_values(self.normalise(flat))
            return tf.ragged.boolean_mask(lines, tf.not_equal(lines, ""))

    def normalise_prefix(self, text: tf.Tensor) -> tf.Tensor:
        """Normalise, string ``[B]``; white space at the end becomes one space."""
        with tf.device("/CPU:0"):
            plain = self.normalise(text)
            spaced = tf.strings.regex_full_match(text, r"(?s).*[\s\x{a0}\x{3000}]")
            spaced &= tf.not_equal(plain, "")
            return tf.where(spaced, tf.strings.join([plain, tf.fill(tf.shape(plain), " ")]), plain)

    def letters(self, text: tf.Tensor) -> tf.Tensor:
        """The form in which sentences are compared: letters and numbers; string ``[...]``."""
        with tf.device("/CPU:0"):
            return tf.strings.regex_replace(tf.strings.lower(text, "utf-8"), r"[^\pL\pN]+", "")

    def encode(self, text: tf.Tensor | tf.RaggedTensor) -> tf.RaggedTensor:
        """Normalised string ``[B, (n)]`` or ``[n]`` → int32 ids with one more axis, ragged."""
        with tf.device("/CPU:0"):
            return self.tokenizer.tokenize(text)

    def with_eos(self, ids: tf.RaggedTensor, max_tokens: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Append EOS to each sentence and pad; longer sentences keep their last ``max_tokens``.

        Args:
            ids: int32 ``[B, (n), (tokens)]``.

        Returns:
            ids int32 ``[B, N, S]`` and lengths ``[B, N]``, N and S at least 1; an empty slot
            has length 0.
        """
        with tf.device("/CPU:0"):
            ids = ids[:, :, -max_tokens:]
            flat = ids.merge_dims(0, 1)
            closed = tf.concat([flat, tf.fill([flat.nrows(), 1], EOS_ID)], axis=1)
            closed = tf.RaggedTensor.from_row_splits(closed, ids.row_splits, validate=False)
            lengths = closed.with_values(closed.values.row_lengths()).to_tensor()
            dense = closed.to_tensor()
            missing = [[0, 0], [0, tf.maximum(0, 1 - tf.shape(lengths)[1])]]
            lengths = tf.pad(tf.cast(lengths, tf.int32), missing)
            return tf.pad(dense, [*missing, [0, tf.maximum(0, 1 - tf.shape(dense)[2])]]), lengths

    def decode(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """ids int32 ``[B, K, L]`` and lengths ``[B, K]`` → normalised string ``[B, K]``."""
        with tf.device("/CPU:0"):
            shape = tf.shape(lengths)
            flat = tf.reshape(ids, [-1, tf.shape(ids)[2]])
            ragged = tf.RaggedTensor.from_tensor(flat, lengths=tf.reshape(lengths, [-1]))
            return self.normalise(tf.reshape(self.tokenizer.detokenize(ragged), shape))
