"""From a request to its candidates: everything in ``suggest`` and ``sample`` but the search."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoding.network.decoder import EncodedStory
from trainer.decoding.network.network import Network
from trainer.decoding.recent_text import RecentText
from trainer.decoding.sampling import SamplingConfig, SamplingOptions, Sequences, sample
from trainer.decoding.selection import (
    Candidates,
    Pool,
    best_first,
    concat_pools,
    gather_pool,
    select,
)
from trainer.decoding.text.codec import WORD_BOUNDARY, TextCodec
from trainer.decoding.text.copies import CopyFilter
from trainer.decoding.token_healing import completing_tokens, heal_prefix

# Of a long story only the beginning and the end are read, so that it costs little more than a short
# one. The beginning introduces people and places, and a client puts there what the model must not
# forget.
OPENING_SENTENCES = 20
RECENT_SENTENCES = 27  # before the context
AVOIDED_SENTENCES = 256
MAX_PREFIX_TOKENS = 256
MAX_SCORED_TOKENS = 512  # of a sentence that is scored or embedded


class EncodedRequest(NamedTuple):
    """A request, encoded for the search.

    Attributes:
        story: the encoded story.
        recent: its newest sentences.
        prefix: string ``[B]``, normalised.
        known: string ``[B, n]``, ``TextCodec.letters`` of the story's sentences and of those to
            avoid.
        avoided: int32 ``[B, A, S]``, sentences to avoid, closed by EOS, padded with 0.
    """

    story: EncodedStory
    recent: RecentText
    prefix: tf.Tensor
    known: tf.Tensor
    avoided: tf.Tensor


class CandidateGenerator(tf.Module):
    """Encodes requests, samples, and selects candidates from hypotheses.

    Args:
        max_sentence_tokens: longer sentences of a story are truncated; their end is kept.
    """

    def __init__(
        self,
        network: Network,
        codec: TextCodec,
        copies: CopyFilter,
        max_sentence_tokens: int,
        sampling: SamplingConfig,
    ):
        super().__init__()
        self.network, self.codec, self.copies = network, codec, copies
        self.max_sentence_tokens, self.sampling = max_sentence_tokens, sampling
        self.first_letters = first_letter_ids(codec)

    def encode_request(
        self, story: tf.Tensor, prefix: tf.Tensor | None = None, avoid: tf.Tensor | None = None
    ) -> EncodedRequest:
        """Truncate, normalise, tokenise and encode.

        Args:
            story, avoid: string ``[B]``, one sentence per line.
            prefix: string ``[B]``.
        """
        with tf.device("/CPU:0"):
            nothing = tf.fill(tf.shape(story), "")
        recent_count = RECENT_SENTENCES + self.network.config.context_sentences
        lines = self.codec.lines(story, OPENING_SENTENCES, recent_count)
        ids, lengths = self.codec.with_eos(self.codec.encode(lines), self.max_sentence_tokens)
        count = tf.reduce_sum(tf.cast(lengths > 0, tf.int32), axis=1)
        newest = tf.maximum(count[:, None] - recent_count + tf.range(recent_count), 0)
        recent = tf.reshape(tf.gather(ids, newest, batch_dims=1), [tf.shape(ids)[0], -1])
        avoided = self.codec.lines(nothing if avoid is None else avoid, 0, AVOIDED_SENTENCES)
        avoided_ids, _ = self.codec.with_eos(self.codec.encode(avoided), self.max_sentence_tokens)
        with tf.device("/CPU:0"):
            known = tf.concat([lines, avoided], axis=1)
            known = known.with_flat_values(self.codec.letters(known.flat_values))
            known = known.to_tensor(default_value="")
        return EncodedRequest(
            self.network.encode_story(ids, lengths),
            RecentText.from_ids(recent, self.codec),
            nothing if prefix is None else self.codec.normalise_prefix(prefix),
            known,
            avoided_ids,
        )

    def sample(
        self,
        request: EncodedRequest,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        diversity: tf.Tensor,
        seed: tf.Tensor,
        distinct: bool = False,
    ) -> Sequences:
        """Sample sentences; with ``distinct``, no two continue the prefix with the same letter."""
        prefix = heal_prefix(self.codec, request.prefix, MAX_PREFIX_TOKENS, heal=not distinct)
        completing, healed = completing_tokens(self.codec, prefix)
        options = SamplingOptions(
            temperature, top_p, diversity, seed,
            prefix, completing, healed, request.avoided, request.recent,
        )  # fmt: skip
        first_letters = self.first_letters if distinct else None
        decoder = self.network.decoder
        return sample(decoder, request.story, options, self.sampling, first_letters)

    def pool(self, request: EncodedRequest, sequences: Sequences) -> Pool:
        """Decode hypotheses to text and check each of them."""
        texts = self.codec.decode(sequences.ids, sequences.lengths)
        letters = self.codec.letters(texts)
        with tf.device("/CPU:0"):
            letters = tf.where(letters == "", texts, letters)
            size = tf.strings.length(request.prefix)[:, None]
            prefix = tf.broadcast_to(request.prefix[:, None], tf.shape(texts))
            sizes = tf.broadcast_to(size, tf.shape(texts))
            unusable = tf.strings.substr(texts, tf.zeros_like(sizes), sizes) != prefix
            unusable |= tf.strings.length(texts) <= size
            seen_before = tf.equal(letters[:, :, None], request.known[:, None, :])
            seen_before = tf.reduce_any(seen_before, axis=2) | self.copies(letters)
        return Pool(*sequences, texts, letters, unusable, seen_before)

    def candidates(
        self,
        request: EncodedRequest,
        pool: Pool,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
    ) -> Candidates:
        """Select ten; if the pool does not hold ten good ones, sample more first.

        Those begin with different letters, so there are always ten that differ.
        """
        places, flaws = select(pool)

        def from_pool() -> tuple[Pool, tf.Tensor]:
            return gather_pool(pool, places), flaws

        def from_larger_pool() -> tuple[Pool, tf.Tensor]:
            no_diversity = tf.zeros_like(top_p)
            more = self.sample(request, temperature, top_p, no_diversity, seed, distinct=True)
            larger = concat_pools(pool, self.pool(request, more))
            larger_places, larger_flaws = select(larger)
            return gather_pool(larger, larger_places), larger_flaws

        selected, flaws = tf.cond(tf.reduce_any(flaws > 0), from_larger_pool, from_pool)
        log_probs, ids, lengths = self._rescore(request, selected)
        with tf.device("/CPU:0"):
            texts = tf.ensure_shape(selected.texts, [None, places.shape[1]])
        return best_first(Candidates(texts, log_probs, lengths, ids), flaws)

    def tokens(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Normalised string ``[B, K]`` → ids ``[B, K, S]``, closed by EOS, and lengths."""
        with tf.device("/CPU:0"):
            ragged = tf.RaggedTensor.from_tensor(texts)
        return self.codec.with_eos(self.codec.encode(ragged), MAX_SCORED_TOKENS)

    def sentence(self, text: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One sentence a row, string ``[B]`` → ids ``[B, 1, S]`` and lengths ``[B, 1]``."""
        with tf.device("/CPU:0"):
            return self.tokens(self.codec.normalise(text)[:, None])

    def embeddings(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Unit vectors ``[B, K, d]`` of sentences from :meth:`tokens`."""
        shape = tf.shape(ids)
        flat = tf.reshape(ids, [-1, shape[2]])
        _, vectors = self.network.encoder(flat, tf.reshape(lengths, [-1]))
        vectors = tf.reshape(vectors, [shape[0], shape[1], vectors.shape[-1]])
        return tf.math.l2_normalize(vectors, axis=-1)

    def _rescore(
        self, request: EncodedRequest, pool: Pool
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Log-probabilities as ``score`` gives them, and the ids and lengths it uses.

        The search knows the log-probability of the tokens it wrote. Only a text that is tokenised
        differently, which a trained model seldom writes, is scored again.
        """
        ids, lengths = self.tokens(pool.texts)
        size = tf.maximum(tf.shape(ids)[2], tf.shape(pool.ids)[2])
        real = tf.range(size) < lengths[..., None]
        same = _pad_to(ids, size) == _pad_to(pool.ids, size)
        same = tf.reduce_all(same | ~real, axis=2) & (lengths == pool.lengths)
        places = tf.where(~same)
        story = request.story.gather(places[:, 0])
        log_probs = self.network.log_likelihood(
            story, tf.gather_nd(ids, places)[:, None], tf.gather_nd(lengths, places)[:, None]
        )
        log_probs = tf.tensor_scatter_nd_update(pool.log_probs, places, log_probs[:, 0])
        return log_probs, ids, lengths


def first_letter_ids(codec: TextCodec) -> np.ndarray:
    """A number above 0 for each first letter that a piece may have, int32 ``[vocabulary]``.

    It is 0 for pieces that may join with what precedes them. Texts that begin with pieces of
    different numbers differ, whatever follows.
    """
    plain = [piece.removeprefix(WORD_BOUNDARY) for piece in codec.surfaces]
    normalised = codec.normalise(tf.constant(plain)).numpy()
    letters: dict[str, int] = {}
    numbers = np.zeros(len(plain), np.int32)
    for place, (piece, normal) in enumerate(zip(plain, normalised, strict=True)):
        if piece and normal.decode() == piece and _is_stable(piece[0]):
            numbers[place] = letters.setdefault(piece[0].lower(), len(letters) + 1)
    return numbers


def _is_stable(character: str) -> bool:
    """Whether a character is a letter that NFC never composes with the one before it."""
    after = "가" + character
    return (
        unicodedata.category(character)[0] == "L" and unicodedata.normalize("NFC", after) == after
    )


def _pad_to(ids: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.pad(ids, [[0, 0], [0, 0], [0, size - tf.shape(ids)[2]]])
