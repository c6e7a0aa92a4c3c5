"""From a story to what decoding needs of it, and from hypotheses to an answer."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from trainer.decoding.candidates import Candidates, Pool, best_first, choose, joined, taken
from trainer.decoding.healing import begin, spellings
from trainer.decoding.network.decoder import Past
from trainer.decoding.network.network import Network
from trainer.decoding.recent import Recent
from trainer.decoding.sampling import Drawn, SamplingConfig, SamplingOptions, sample
from trainer.decoding.text.codec import SPACE, TextCodec
from trainer.decoding.text.copies import CopyFilter

# What is read of a longer story: its beginning, where people and places are introduced (and where
# a client puts what must not be forgotten), and its end; all of it costs about as much as ten
# sentences and their candidates.
OPENING_SENTENCES = 20
RECENT_SENTENCES = 27  # before the context
AVOIDED_SENTENCES = 256
LONGEST_PREFIX = 256  # tokens
LONGEST_SCORED = 512  # tokens of a sentence that is scored


class Story(NamedTuple):
    """A story as it was read, and what else a request says.

    Attributes:
        past: for the decoder.
        recent: its newest sentences.
        prefix: string ``[B]``.
        known: string ``[B, n]``, letters of its sentences and of those to avoid.
        avoided: int32 ``[B, A, S]``, sentences to avoid, closed by EOS, 0 beyond.
    """

    past: Past
    recent: Recent
    prefix: tf.Tensor
    known: tf.Tensor
    avoided: tf.Tensor


class Answering(tf.Module):
    """The parts of ``suggest`` and ``sample`` that are not search.

    Args:
        longest: tokens that a sentence of a story is cut to (its end is kept).
    """

    def __init__(
        self,
        network: Network,
        codec: TextCodec,
        copies: CopyFilter,
        longest: int,
        sampling: SamplingConfig,
    ):
        super().__init__()
        self.network, self.codec, self.copies = network, codec, copies
        self.longest, self.sampling = longest, sampling
        self.openings = opening_numbers(codec)

    def read(
        self, story: tf.Tensor, prefix: tf.Tensor | None = None, avoid: tf.Tensor | None = None
    ) -> Story:
        """Cut, normalise, tokenise and encode; string ``[B]`` each, one sentence a line."""
        with tf.device("/CPU:0"):
            nothing = tf.fill(tf.shape(story), "")
        near = self.network.config.context_sentences
        lines = self.codec.lines(story, OPENING_SENTENCES, RECENT_SENTENCES + near)
        ids, lengths = self.codec.with_end(self.codec.encode(lines), self.longest)
        count = tf.reduce_sum(tf.cast(lengths > 0, tf.int32), axis=1)
        width = RECENT_SENTENCES + near
        newest = tf.maximum(count[:, None] - width + tf.range(width), 0)
        recent = tf.reshape(tf.gather(ids, newest, batch_dims=1), [tf.shape(ids)[0], -1])
        avoided = self.codec.lines(nothing if avoid is None else avoid, 0, AVOIDED_SENTENCES)
        avoided_ids, _ = self.codec.with_end(self.codec.encode(avoided), self.longest)
        with tf.device("/CPU:0"):
            known = tf.concat([lines, avoided], axis=1)
            known = known.with_flat_values(self.codec.letters(known.flat_values))
            known = known.to_tensor(default_value="")
        return Story(
            self.network.read_story(ids, lengths),
            Recent.of(recent, self.codec),
            nothing if prefix is None else self.codec.prefix(prefix),
            known,
            avoided_ids,
        )

    def draw(
        self,
        story: Story,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        diversity: tf.Tensor,
        seed: tf.Tensor,
        apart: bool = False,
    ) -> Drawn:
        """Draw sentences; if ``apart``, so that no two can be the same behind the prefix."""
        beginning = begin(self.codec, story.prefix, LONGEST_PREFIX, heal=not apart)
        ending, left = spellings(self.codec, beginning)
        options = SamplingOptions(
            temperature, top_p, diversity, seed,
            beginning, ending, left, story.avoided, story.recent,
        )  # fmt: skip
        openings = self.openings if apart else None
        return sample(self.network.decoder, story.past, options, self.sampling, openings)

    def pool(self, story: Story, drawn: Drawn) -> Pool:
        """What is needed to choose among hypotheses."""
        texts = self.codec.decode(drawn.ids, drawn.lengths)
        letters = self.codec.letters(texts)
        with tf.device("/CPU:0"):
            letters = tf.where(letters == "", texts, letters)
            begins = tf.strings.length(story.prefix)[:, None]
            wanted = tf.broadcast_to(story.prefix[:, None], tf.shape(texts))
            sizes = tf.broadcast_to(begins, tf.shape(texts))
            unusable = tf.strings.substr(texts, tf.zeros_like(sizes), sizes) != wanted
            unusable |= tf.strings.length(texts) <= begins
            old = tf.equal(letters[:, :, None], story.known[:, None, :])
            old = tf.reduce_any(old, axis=2) | self.copies(letters)
        return Pool(*drawn, texts, letters, unusable, old)

    def answer(
        self,
        story: Story,
        pool: Pool,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
    ) -> Candidates:
        """Choose ten, drawing more where the pool does not hold ten good ones.

        The drawn ones begin with different letters, so there are always ten that differ.
        """
        places, flaws = choose(pool)

        def enough() -> tuple[Pool, tf.Tensor]:
            return taken(pool, places), flaws

        def more() -> tuple[Pool, tf.Tensor]:
            drawn = self.draw(story, temperature, top_p, tf.zeros_like(top_p), seed, apart=True)
            wider = joined(pool, self.pool(story, drawn))
            there, wrong = choose(wider)
            return taken(wider, there), wrong

        chosen, flaws = tf.cond(tf.reduce_any(flaws > 0), more, enough)
        log_probs, ids, lengths = self._measured(story, chosen)
        with tf.device("/CPU:0"):
            texts = tf.ensure_shape(chosen.texts, [None, places.shape[1]])
        return best_first(Candidates(texts, log_probs, lengths, ids), flaws)

    def tokens(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Normalised string ``[B, K]`` → ids ``[B, K, S]``, closed by EOS, and lengths."""
        with tf.device("/CPU:0"):
            ragged = tf.RaggedTensor.from_tensor(texts)
        return self.codec.with_end(self.codec.encode(ragged), LONGEST_SCORED)

    def sentence(self, text: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One sentence a row, string ``[B]`` → ids ``[B, 1, S]`` and lengths ``[B, 1]``."""
        with tf.device("/CPU:0"):
            return self.tokens(self.codec.normalise(text)[:, None])

    def embeddings(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Unit vectors ``[B, K, d]`` of sentences as :meth:`tokens` gives them."""
        shape = tf.shape(ids)
        flat = tf.reshape(ids, [-1, shape[2]])
        _, vectors = self.network.encoder(flat, tf.reshape(lengths, [-1]))
        vectors = tf.reshape(vectors, [shape[0], shape[1], vectors.shape[-1]])
        return tf.math.l2_normalize(vectors, axis=-1)

    def _measured(self, story: Story, chosen: Pool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Log-probabilities as ``score`` gives them, and the tokens it sees.

        The search knows that of the tokens it wrote. A text that is tokenised otherwise, which
        a trained model seldom writes, is measured anew.
        """
        ids, lengths = self.tokens(chosen.texts)
        size = tf.maximum(tf.shape(ids)[2], tf.shape(chosen.ids)[2])
        real = tf.range(size) < lengths[..., None]
        same = _widened(ids, size) == _widened(chosen.ids, size)
        same = tf.reduce_all(same | ~real, axis=2) & (lengths == chosen.lengths)
        places = tf.where(~same)
        past = story.past.taken(places[:, 0])
        again = self.network.log_likelihood(
            past, tf.gather_nd(ids, places)[:, None], tf.gather_nd(lengths, places)[:, None]
        )
        log_probs = tf.tensor_scatter_nd_update(chosen.log_probs, places, again[:, 0])
        return log_probs, ids, lengths


def opening_numbers(codec: TextCodec) -> np.ndarray:
    """A number above 0 for each letter that a piece may begin with, int32 ``[vocabulary]``; or 0.

    Texts that begin with pieces of different numbers differ, whatever follows.
    """
    plain = [piece.removeprefix(SPACE) for piece in codec.surfaces]
    settled = codec.normalise(tf.constant(plain)).numpy()
    letters: dict[str, int] = {}
    numbers = np.zeros(len(plain), np.int32)
    for place, (piece, normal) in enumerate(zip(plain, settled, strict=True)):
        if piece and normal.decode() == piece and _stands_alone(piece[0]):
            numbers[place] = letters.setdefault(piece[0].lower(), len(letters) + 1)
    return numbers


def _stands_alone(letter: str) -> bool:
    """Whether a character is a letter that never melts into the one before it."""
    after = "가" + letter
    return unicodedata.category(letter)[0] == "L" and unicodedata.normalize("NFC", after) == after


def _widened(ids: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.pad(ids, [[0, 0], [0, 0], [0, size - tf.shape(ids)[2]]])
