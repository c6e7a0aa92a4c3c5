"""Serialises a learned vocabulary as a SentencePiece unigram model, and loads it.

The first ids are `records.SPECIAL_PIECES`, then the 256 byte pieces: byte fallback encodes any
character that has no piece, so encoding is lossless. The model itself does not normalise text
(see `pipeline.reading.normalization`).
"""

from sentencepiece import SentencePieceProcessor
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline import records
from pipeline.vocabulary.unigram import Pieces

RESERVED = len(records.SPECIAL_PIECES) + 256  # ids before the first learned piece


def serialize(pieces: Pieces) -> bytes:
    """Return a serialised ModelProto: unigram, byte fallback, identity normalisation.

    Args:
        pieces: learned pieces with negative log-probabilities.
    """
    model = model_pb2.ModelProto()
    kind = model_pb2.ModelProto.SentencePiece
    for number, text in enumerate(records.SPECIAL_PIECES):
        special = kind.UNKNOWN if number == records.UNK_ID else kind.CONTROL
        model.pieces.add(piece=text, score=0.0, type=special)
    for byte in range(256):
        model.pieces.add(piece=f"<0x{byte:02X}>", score=0.0, type=kind.BYTE)
    for text, log_prob in zip(pieces.texts, pieces.log_probs, strict=True):
        model.pieces.add(piece=text, score=log_prob, type=kind.NORMAL)

    trainer = model.trainer_spec
    trainer.model_type = model_pb2.TrainerSpec.UNIGRAM
    trainer.vocab_size = len(model.pieces)
    trainer.byte_fallback = True
    trainer.pad_id, trainer.unk_id = records.PAD_ID, records.UNK_ID
    trainer.bos_id, trainer.eos_id = records.BOS_ID, records.EOS_ID
    trainer.pad_piece, trainer.unk_piece, trainer.bos_piece, trainer.eos_piece = (
        records.SPECIAL_PIECES
    )
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = True
    normalizer.remove_extra_whitespaces = False
    normalizer.escape_whitespaces = True
    return bytes(model.SerializeToString(deterministic=True))


def load(model: bytes) -> SentencePieceProcessor:
    """Load a serialised model."""
    return SentencePieceProcessor(model_proto=model)
