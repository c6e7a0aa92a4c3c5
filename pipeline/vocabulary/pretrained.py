"""Loads the vocabulary of another data set, instead of learning one (``--tokenizer``)."""

from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline import records, storage
from pipeline.errors import UsageError
from pipeline.vocabulary import sentencepiece_model
from pipeline.vocabulary.learning import Vocabulary


def load(path: str) -> Vocabulary:
    """Load a ``tokenizer.model`` that this pipeline wrote.

    Raises:
        UsageError: if the file cannot be read, or another program made it.
    """
    try:
        model = storage.read(path)
    except OSError as error:
        raise UsageError(f"--tokenizer {path} cannot be read: {storage.reason(error)}") from error
    proto = model_pb2.ModelProto()
    try:
        proto.ParseFromString(model)
        if not proto.pieces:  # as of an empty file, which the library logs about and loads
            raise ValueError("no pieces")
        pieces = sentencepiece_model.load(model).get_piece_size()
    except Exception as error:  # RuntimeError of sentencepiece, DecodeError of protobuf
        raise UsageError(f"--tokenizer {path} is not a SentencePiece model") from error
    reserved = tuple(piece.piece for piece in proto.pieces[: len(records.SPECIAL_PIECES)])
    if (
        reserved != records.SPECIAL_PIECES
        or not proto.trainer_spec.byte_fallback
        or proto.normalizer_spec.name != "identity"
    ):
        raise UsageError(
            f"--tokenizer {path} was not made by this pipeline; use the {records.TOKENIZER} of a "
            f"data set (its first pieces are {' '.join(records.SPECIAL_PIECES)}, it has byte "
            "fallback and identity normalization)"
        )
    return Vocabulary(model, pieces)
