"""Asks a model server for candidates, over TensorFlow Serving's ``PredictionService/Predict``.

Every call is started at once and awaited later, so that several run side by side; every call has a
deadline; and a call that finds no server is tried once more. gRPC's own messages stay quiet: what
went wrong is said in the writer's language, by ``PredictionError``.
"""

import math
import os
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read when grpc is imported

import grpc

from client import tensors
from client.interrupts import uninterrupted
from client.predict_pb2 import (
    DT_FLOAT,
    DT_INT32,
    DT_STRING,
    ModelSpec,
    PredictRequest,
    PredictResponse,
    TensorProto,
)
from client.sentences import clean

PREDICT = "/tensorflow.serving.PredictionService/Predict"
RETRY_SECONDS = 0.5

# What is sent of a long story: its newest sentences. The model keeps a few hundred in memory, and a
# server takes messages of 4 MB unless told otherwise.
STORY_SENTENCES = 2_000
STORY_BYTES = 1 << 20
SENTENCE_CHARACTERS = 2_000

_CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.max_receive_message_length", 64 << 20),
    # The server that died may be back soon, and somebody is waiting.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.min_reconnect_backoff_ms", 3_000),  # how long one attempt to connect may take
]
_LOOPBACK = ("localhost", "127.", "[::1]")

T = TypeVar("T")
Vector = tuple[float, ...]  # [d], of unit length


class PredictionError(Exception):
    """The server gave no usable answer.

    Attributes:
        key: the message that says so, a key of ``client.messages``.
        fields: what the message names.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class Candidate(NamedTuple):
    """A sentence that may come next, as the model gave it."""

    text: str
    log_prob: float  # natural logarithm, of the whole sentence including its end
    token_count: int  # including the end
    embedding: Vector


class Sampling(NamedTuple):
    """How freely ``sample`` draws."""

    temperature: float = 0.8
    top_p: float = 0.9
    diversity: float = 0.5


class Pending(Generic[T]):
    """An answer on its way."""

    def __init__(
        self, model: "Model", request: PredictRequest, read: Callable[[PredictResponse], T]
    ) -> None:
        self._model = model
        self._request = request
        self._read = read
        self._call = model.start(request)

    def result(self) -> T:
        """Wait for the answer and return it.

        Raises:
            PredictionError: there is none, or it cannot be read.
        """
        signature = self._request.model_spec.signature_name
        try:
            return self._read(self._response())
        except grpc.RpcError as error:
            raise self._model.explain(error, signature) from None
        except tensors.TensorError as error:
            raise PredictionError("bad_answer", signature=signature, why=error) from None

    @uninterrupted()
    def cancel(self) -> None:
        """Give the answer up; the server is told so."""
        self._call.cancel()

    def _response(self) -> PredictResponse:
        try:
            return self._call.result()
        except grpc.RpcError as error:
            # Once more if the server was away, but not if it was slow: it is still at work.
            if error.code() is not grpc.StatusCode.UNAVAILABLE:  # type: ignore[attr-defined]
                raise
        time.sleep(RETRY_SECONDS)
        self._call = self._model.start(self._request)
        return self._call.result()


class Model:
    """A model on a server, with the signatures ``suggest``, ``sample`` and ``embed``."""

    def __init__(self, address: str, name: str, timeout: float) -> None:
        """Prepare to ask ``name`` at ``address`` (``host:port``), ``timeout`` seconds a call."""
        self.address = address
        self.name = name
        self.timeout = timeout
        options: list[tuple[str, int]] = list(_CHANNEL_OPTIONS)
        if address.startswith(_LOOPBACK):  # a proxy's loopback is another machine's
            options.append(("grpc.enable_http_proxy", 0))
        self._channel = grpc.insecure_channel(address, options=options)
        self._predict = self._channel.unary_unary(
            PREDICT,
            request_serializer=PredictRequest.SerializeToString,
            response_deserializer=PredictResponse.FromString,
        )

    def check(self) -> None:
        """Find out whether the server is there and has the model.

        Raises:
            PredictionError: it is not, or has not.
        """
        try:
            self.embed(["."]).result()
        except PredictionError as error:
            if error.key == "server_gone":
                raise PredictionError("server_absent", address=self.address) from None
            raise

    @uninterrupted()
    def close(self) -> None:
        """Close the connection; answers on their way are given up."""
        self._channel.close()

    def suggest(self, story: Sequence[str]) -> Pending[list[Candidate]]:
        """Ask for the likeliest next sentences."""
        return self._ask("suggest", _candidates, story=tensors.strings([_tail(story)]))

    def sample(
        self, story: Sequence[str], sampling: Sampling, seed: int, avoid: Sequence[str] = ()
    ) -> Pending[list[Candidate]]:
        """Ask for next sentences drawn at random, none of them in ``avoid``."""
        return self._ask(
            "sample",
            _candidates,
            story=tensors.strings([_tail(story)]),
            prefix=tensors.strings([""]),
            temperature=tensors.floats([sampling.temperature]),
            top_p=tensors.floats([sampling.top_p]),
            diversity=tensors.floats([sampling.diversity]),
            seed=tensors.int64s([seed]),
            avoid=tensors.strings([_tail(avoid)]),
        )

    def embed(self, sentences: Sequence[str]) -> Pending[list[Vector]]:
        """Ask for the vectors of ``sentences``."""
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        return self._ask(
            "embed", partial(_embeddings, count=len(cut)), sentence=tensors.strings(cut)
        )

    @uninterrupted()
    def start(self, request: PredictRequest) -> Any:
        """Send ``request``; return the call, a ``grpc.Future``."""
        return self._predict.future(request, timeout=self.timeout)

    def explain(self, error: Any, signature: str) -> PredictionError:
        """Return what a failed call (``grpc.RpcError``) means to a writer."""
        details = clean(error.details() or "")[:200]
        match error.code():
            case grpc.StatusCode.UNAVAILABLE:
                return PredictionError("server_gone", address=self.address)
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return PredictionError("timed_out", seconds=f"{self.timeout:g}")
            case grpc.StatusCode.UNIMPLEMENTED:
                return PredictionError("not_a_model_server", address=self.address)
            case (
                grpc.StatusCode.NOT_FOUND
                | grpc.StatusCode.INVALID_ARGUMENT
                | grpc.StatusCode.FAILED_PRECONDITION
            ) if re.search(r"\bsignature\b", details):
                return PredictionError("no_signature", model=self.name, signature=signature)
            case grpc.StatusCode.NOT_FOUND:
                return PredictionError("no_model", model=self.name, address=self.address)
        return PredictionError("refused", why=f"{error.code().name} {details}".strip())

    def _ask(
        self, signature: str, read: Callable[[PredictResponse], T], **inputs: TensorProto
    ) -> Pending[T]:
        spec = ModelSpec(name=self.name, signature_name=signature)
        return Pending(self, PredictRequest(model_spec=spec, inputs=inputs), read)


def _tail(sentences: Sequence[str]) -> str:
    """Return the newest sentences, one a line, within what a request may hold."""
    kept: list[str] = []
    room = STORY_BYTES
    for sentence in reversed(sentences[-STORY_SENTENCES:]):
        line = sentence[:SENTENCE_CHARACTERS]
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(reversed(kept))


def _candidates(response: PredictResponse) -> list[Candidate]:
    """Read the outputs of ``suggest`` and ``sample``, each ``[1, K]`` or ``[1, K, d]``."""
    texts = _output(response, "candidates", DT_STRING)
    log_probs = _output(response, "log_probs", DT_FLOAT)
    token_counts = _output(response, "token_counts", DT_INT32)
    embeddings = _output(response, "embeddings", DT_FLOAT)
    for tensor in (log_probs, token_counts, embeddings):
        if tensor.shape[:2] != texts.shape or texts.shape[:1] != (1,):
            raise tensors.TensorError(f"shapes {list(texts.shape)} and {list(tensor.shape)}")
    if len(embeddings.shape) != 3:
        raise tensors.TensorError(f"embeddings of shape {list(embeddings.shape)}")
    return [
        Candidate(clean(text.decode("utf-8", "replace")), log_prob, token_count, vector)
        for text, log_prob, token_count, vector in zip(
            texts.values, log_probs.values, token_counts.values, _vectors(embeddings), strict=True
        )
    ]


def _embeddings(response: PredictResponse, count: int) -> list[Vector]:
    """Read the output of ``embed``, ``[count, d]``."""
    embedding = _output(response, "embedding", DT_FLOAT)
    if len(embedding.shape) != 2 or embedding.shape[0] != count:
        raise tensors.TensorError(f"shape {list(embedding.shape)} for {count} sentences")
    return _vectors(embedding)


def _output(response: PredictResponse, name: str, dtype: int) -> tensors.Tensor:
    if name not in response.outputs:
        raise tensors.TensorError(f"no output {name}")
    if response.outputs[name].dtype != dtype:
        raise tensors.TensorError(f"output {name} of type {response.outputs[name].dtype}")
    return tensors.decode(response.outputs[name])


def _vectors(tensor: tensors.Tensor) -> list[Vector]:
    """Return the vectors of a tensor of shape ``[..., d]``, in order."""
    *rows, width = tensor.shape
    return [tuple(tensor.values[i * width : (i + 1) * width]) for i in range(math.prod(rows))]
