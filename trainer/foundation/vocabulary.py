"""Cuts a BPE vocabulary down to the pieces that Korean prose needs.

SentencePiece's BPE starts from characters and joins, again and again, the neighbours whose joint
piece has the best score. A text is therefore segmented as before if no piece that was joined on the
way is missing, so every piece that is kept brings along those that it is made of. The 256 byte
pieces stay: whatever no piece covers is written as bytes, and nothing is ever lost. Trimming a
vocabulary in this way: arXiv 2305.15020.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline.records import BOS_ID, EOS_ID, PAD_ID, SPECIAL_PIECES, UNK_ID

BOUNDARY = "▁"  # SentencePiece's mark of a space
BYTES = 256
LATIN_PIECES = 1000  # the most frequent ones of ASCII letters
# Whose embedding the end of a sentence gets: with that of <eos>, which ends documents, sample
# stories take 3.59 bits per character before any training, with that of a blank line 3.29.
SENTENCE_END = "\n\n"

_HANGUL = "가-힣ㄱ-ㆎᄀ-ᇿꥠ-꥿ힰ-퟿"
_HANJA = "㐀-䶿一-鿿豈-﫿"
_MARKS = re.escape(".,!?…~“”‘’\"'()[]<>《》〈〉「」『』·:;-–—―")
_LATIN = re.compile(f"{BOUNDARY}?[A-Za-z]+")
_SINGLE = "LNPS"  # first letters of the general categories of which single characters are kept

NORMAL, UNKNOWN, CONTROL, BYTE = (
    model_pb2.ModelProto.SentencePiece.Type.Value(name)
    for name in ("NORMAL", "UNKNOWN", "CONTROL", "BYTE")
)


@dataclasses.dataclass(frozen=True)
class Cut:
    """A smaller vocabulary.

    Attributes:
        model: a serialised SentencePiece model whose ids begin as the pipeline's models do
            (``pipeline.records``): special pieces, bytes, then pieces in their old order.
        ids: for each new id, the id in the full vocabulary.
    """

    model: bytes
    ids: list[int]


def cut(full: model_pb2.ModelProto, hanja: bool = False) -> Cut:
    """Return the vocabulary without the pieces that Korean prose does not need.

    Args:
        full: a BPE model with byte fallback.
        hanja: whether to keep Chinese characters too.

    Raises:
        ValueError: the model is of another kind.
    """
    if full.trainer_spec.model_type != model_pb2.TrainerSpec.BPE:
        raise ValueError("its vocabulary is not a BPE model of SentencePiece")
    of_byte = {
        piece.piece: number for number, piece in enumerate(full.pieces) if piece.type == BYTE
    }
    if len(of_byte) != BYTES:
        raise ValueError(f"its vocabulary has {len(of_byte)} byte pieces instead of {BYTES}")
    scores = {piece.piece: piece.score for piece in full.pieces if piece.type == NORMAL}
    wanted = _wanted([piece.piece for piece in full.pieces if piece.type == NORMAL], hanja)
    kept = closed(wanted, scores)
    special = {
        PAD_ID: _id_of(full, full.trainer_spec.pad_id, "<pad>"),
        UNK_ID: _id_of(full, full.trainer_spec.unk_id, "<unk>"),
        BOS_ID: _id_of(full, full.trainer_spec.bos_id, "<bos>"),
        EOS_ID: _sentence_end(full),
    }
    ids = [special[number] for number in range(len(SPECIAL_PIECES))]
    ids += [of_byte[f"<0x{byte:02X}>"] for byte in range(BYTES)]
    ids += [
        number
        for number, piece in enumerate(full.pieces)
        if piece.type == NORMAL and piece.piece in kept
    ]
    return Cut(_serialize(full, ids), ids)


def closed(wanted: Iterable[str], scores: dict[str, float]) -> set[str]:
    """Return the pieces and all pieces that BPE joins on the way to them.

    Args:
        scores: of every piece of the full vocabulary; higher ones are joined first.
    """
    kept: set[str] = set()
    for piece in wanted:
        kept.add(piece)
        kept.update(joined(piece, scores))
    return kept


def joined(text: str, scores: dict[str, float]) -> list[str]:
    """Return every piece that BPE joins in a text, in order; the last ones may be its result."""
    symbols = list(text)
    made: list[str] = [symbol for symbol in symbols if symbol in scores]
    while len(symbols) > 1:
        pairs = [left + right for left, right in itertools.pairwise(symbols)]
        best = max(
            (number for number, pair in enumerate(pairs) if pair in scores),
            key=lambda number: (scores[pairs[number]], -number),
            default=None,
        )
        if best is None:
            break
        made.append(pairs[best])
        symbols[best : best + 2] = [pairs[best]]
    return made


def _wanted(pieces: Sequence[str], hanja: bool) -> list[str]:
    letters = _HANGUL + (_HANJA if hanja else "")
    words = re.compile(f"[{BOUNDARY}{letters}{_MARKS}]+")
    latin = [piece for piece in pieces if _LATIN.fullmatch(piece)][:LATIN_PIECES]
    return [piece for piece in pieces if words.fullmatch(piece) or _single(piece, hanja)] + latin


def _single(piece: str, hanja: bool) -> bool:
    """Whether a piece is one digit, mark, symbol or letter, with or without a space before it."""
    text = piece.removeprefix(BOUNDARY)
    if len(text) != 1 or unicodedata.category(text)[0] not in _SINGLE:
        return False
    if unicodedata.category(text)[0] != "L":
        return ord(text) < 0x10000
    return text.isascii() or (hanja and re.fullmatch(f"[{_HANJA}]", text) is not None)


def _id_of(full: model_pb2.ModelProto, number: int, name: str) -> int:
    if 0 <= number < len(full.pieces) and full.pieces[number].type in (CONTROL, UNKNOWN):
        return number
    raise ValueError(f"its vocabulary has no piece {name}")


def _sentence_end(full: model_pb2.ModelProto) -> int:
    for number, piece in enumerate(full.pieces):
        if piece.piece == SENTENCE_END:
            return number
    return _id_of(full, full.trainer_spec.eos_id, "<eos>")


def _serialize(full: model_pb2.ModelProto, ids: list[int]) -> bytes:
    model = model_pb2.ModelProto()
    for number, old in enumerate(ids):
        if number < len(SPECIAL_PIECES):
            kind = UNKNOWN if number == UNK_ID else CONTROL
            model.pieces.add(piece=SPECIAL_PIECES[number], score=0.0, type=kind)
        else:
            model.pieces.add().CopyFrom(full.pieces[old])
    spec = model.trainer_spec
    spec.model_type = model_pb2.TrainerSpec.BPE
    spec.vocab_size = len(ids)
    spec.byte_fallback = True
    spec.pad_id, spec.unk_id, spec.bos_id, spec.eos_id = PAD_ID, UNK_ID, BOS_ID, EOS_ID
    spec.pad_piece, spec.unk_piece, spec.bos_piece, spec.eos_piece = SPECIAL_PIECES
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = True
    normalizer.remove_extra_whitespaces = False
    normalizer.escape_whitespaces = True
    return bytes(model.SerializeToString(deterministic=True))
