"""Takes the vocabulary of another data set instead of learning one."""

from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline import records, storage
from pipeline.errors import UsageError
from pipeline.vocabulary import model_file
from pipeline.vocabulary.learning import Vocabulary


def read(path: str) -> Vocabulary:
    """Reads a ``tokenizer.model`` that this pipeline wrote.

    Raises:
        UsageError: if it is none.
    """
    try:
        model = storage.read(path)
    except OSError as error:
        raise UsageError(f"--tokenizer {path} cannot be read: {storage.reason(error)}") from error
    proto = model_pb2.ModelProto()
    try:
        proto.ParseFromString(model)
        pieces = model_file.load(model).get_piece_size()
    except Exception as error:  # sentencepiece raises RuntimeError, protobuf its own
        raise UsageError(f"--tokenizer {path} is no SentencePiece model") from error
    reserved = tuple(piece.piece for piece in proto.pieces[: len(records.SPECIAL_PIECES)])
    if (
        reserved != records.SPECIAL_PIECES
        or not proto.trainer_spec.byte_fallback
        or proto.normalizer_spec.name != "identity"
    ):
        raise UsageError(
            f"--tokenizer {path} was not made by this pipeline: take the {records.TOKENIZER} of a "
            f"data set (it begins with {' '.join(records.SPECIAL_PIECES)}, writes other characters "
            "as bytes, and does not normalise)"
        )
    return Vocabulary(model, pieces)
