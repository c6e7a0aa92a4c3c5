"""Decodes the responses of a model server."""

import math

from client.candidate import Candidate, Scored, Vector
from client.remote.predict_pb2 import DT_FLOAT, DT_INT32, DT_STRING, PredictResponse
from client.remote.tensor_proto import Tensor, TensorError, decode
from client.sentences import clean


def candidates(response: PredictResponse) -> list[Candidate]:
    """Return the candidates in outputs of ``suggest`` or ``sample``, ``[1, K]`` or ``[1, K, d]``.

    Raises:
        TensorError: an output is missing, or has another type or shape.
    """
    texts = _output(response, "candidates", DT_STRING)
    log_probs = _output(response, "log_probs", DT_FLOAT)
    token_counts = _output(response, "token_counts", DT_INT32)
    vectors = _output(response, "embeddings", DT_FLOAT)
    for tensor in (log_probs, token_counts, vectors):
        if tensor.shape[:2] != texts.shape or texts.shape[:1] != (1,):
            raise TensorError(f"shapes {list(texts.shape)} and {list(tensor.shape)}")
    if len(vectors.shape) != 3:
        raise TensorError(f"embeddings of shape {list(vectors.shape)}")
    return [
        Candidate(clean(text.decode("utf-8", "replace")), log_prob, token_count, vector)
        for text, log_prob, token_count, vector in zip(
            texts.values, log_probs.values, token_counts.values, _vectors(vectors), strict=True
        )
    ]


def embeddings(response: PredictResponse, count: int) -> list[Vector]:
    """Return the vectors in the output of ``embed``, ``[count, d]``.

    Raises:
        TensorError: the output is missing, or has another type or shape.
    """
    embedding = _output(response, "embedding", DT_FLOAT)
    if len(embedding.shape) != 2 or embedding.shape[0] != count:
        raise TensorError(f"shape {list(embedding.shape)} for {count} sentences")
    return _vectors(embedding)


def scores(response: PredictResponse, count: int) -> list[Scored]:
    """Return the scores in the outputs of ``score``, each ``[count]``.

    Raises:
        TensorError: an output is missing, or has another type or shape.
    """
    log_prob = _output(response, "log_prob", DT_FLOAT)
    token_count = _output(response, "token_count", DT_INT32)
    for tensor in (log_prob, token_count):
        if tensor.shape != (count,):
            raise TensorError(f"shape {list(tensor.shape)} for {count} sentences")
    return list(map(Scored, log_prob.values, token_count.values))


def _output(response: PredictResponse, name: str, dtype: int) -> Tensor:
    if name not in response.outputs:
        raise TensorError(f"no output {name}")
    if response.outputs[name].dtype != dtype:
        raise TensorError(f"output {name} of type {response.outputs[name].dtype}")
    return decode(response.outputs[name])


def _vectors(tensor: Tensor) -> list[Vector]:
    """Return the vectors of a tensor of shape ``[..., d]``, in order."""
    *rows, width = tensor.shape
    return [tuple(tensor.values[i * width : (i + 1) * width]) for i in range(math.prod(rows))]
