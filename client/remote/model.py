"""A client for a model's signatures, over TensorFlow Serving's ``PredictionService/Predict``.

A call starts at once and is awaited later, so that several run concurrently; each has a deadline.
gRPC's own log is off: every failure is raised as a ``PredictionError``.
"""

import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import grpc

from client.candidate import Candidate, Scored, Vector
from client.errors import PredictionError
from client.interrupts import uninterrupted
from client.remote import responses, tensor_proto
from client.remote.connection import Connection
from client.remote.credentials import Credentials
from client.remote.predict_pb2 import ModelSpec, PredictRequest, PredictResponse, TensorProto
from client.remote.sampling import Sampling
from client.sentences import clean

RETRY_SECONDS = 0.5
PROBE_SECONDS = 5.0  # timeout of the first request, if there are other servers to fall back on

# What is sent of a long story: its first and its newest sentences, of which the model reads a few
# dozen (trainer/decoding/generation.py). A server accepts messages of 4 MB by default.
FIRST_SENTENCES = 20
STORY_SENTENCES = 2_000
STORY_BYTES = 1 << 20
SENTENCE_CHARACTERS = 2_000
SCORE_BATCH = (
    16  # sentences per request, the largest batch in serving/deploy/batching_parameters.txt
)

_NO_CREDENTIALS = Credentials()

_KEYS_BY_STATUS = {
    grpc.StatusCode.UNAVAILABLE: "server_gone",
    grpc.StatusCode.DEADLINE_EXCEEDED: "timed_out",
    grpc.StatusCode.UNIMPLEMENTED: "not_a_model_server",
    grpc.StatusCode.UNAUTHENTICATED: "not_admitted",
    grpc.StatusCode.PERMISSION_DENIED: "not_admitted",
    grpc.StatusCode.NOT_FOUND: "no_model",
}
_ABOUT_SIGNATURES = (
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
)
_LABEL = re.compile(r"\bversion label\b")  # "Unrecognized servable version label: canary"
_TLS = re.compile("handshake|certificate|ssl", re.IGNORECASE)

T = TypeVar("T")


class Pending(Generic[T]):
    """A call in progress."""

    def __init__(
        self,
        model: "Model",
        request: PredictRequest,
        read: Callable[[PredictResponse], T],
        timeout: float,
    ) -> None:
        self._model = model
        self._request = request
        self._read = read
        self._call = model.start(request, timeout)

    def result(self) -> T:
        """Wait for the response and return it decoded.

        Raises:
            PredictionError: the call failed, or the response cannot be decoded.
        """
        signature = self._request.model_spec.signature_name
        try:
            return self._read(self._call.result())
        except grpc.FutureCancelledError:
            raise PredictionError("cancelled") from None
        except grpc.RpcError as error:
            raise self._model.explain(error, signature) from None
        except tensor_proto.TensorError as error:
            raise PredictionError("bad_answer", signature=signature, why=error) from None

    @uninterrupted()
    def cancel(self) -> None:
        """Cancel the call, on the server too."""
        self._call.cancel()


class Model:
    """A model with the signatures of ``trainer/signatures.py``, on one or more servers.

    Attributes:
        address: ``host:port`` of the current server.
        name: of the model.
        label: of the version; None for the newest.
        timeout: seconds per call.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        name: str,
        timeout: float,
        credentials: Credentials = _NO_CREDENTIALS,
        label: str | None = None,
    ) -> None:
        """Prepare to call ``name`` on one of ``addresses``; no server is contacted yet."""
        self.name = name
        self.label = label
        self.timeout = timeout
        self._addresses = tuple(addresses)
        self._credentials = credentials
        self.address = addresses[0]
        self._cancelled = threading.Event()
        self._active_calls: set[Any] = set()  # each a ``grpc.Future``
        self._connection = Connection(self.address, credentials)

    def check(self) -> list[str]:
        """Switch to the first server that answers for the model; return those skipped.

        Raises:
            PredictionError: there is none; the failure of the first server that was reachable.
        """
        start = self._addresses.index(self.address)
        failures: dict[str, PredictionError] = {}
        for address in self._addresses[start:] + self._addresses[:start]:
            if address != self.address:
                self._connect(address)
            try:
                self._probe()
            except PredictionError as error:
                failures[address] = error
            else:
                return list(failures)
        self._connect(self._addresses[start])
        absent = PredictionError("server_absent", address=", ".join(self._addresses))
        raise next((e for e in failures.values() if e.key != "server_gone"), absent)

    def is_retryable(self, error: PredictionError) -> bool:
        """Return whether to repeat a failed request.

        Not if the only server timed out: it is still working.
        """
        several = len(self._addresses) > 1
        return error.key == "server_gone" or (several and error.key == "timed_out")

    def reconnect(self) -> None:
        """Wait a moment for the only server, or switch to the next one that answers.

        Raises:
            PredictionError: none answers.
        """
        if len(self._addresses) == 1:
            self._cancelled.wait(RETRY_SECONDS)
            self._connect(self.address)  # a new channel, without the backoff of the old one
            return
        following = self._addresses.index(self.address) + 1
        self._connect(self._addresses[following % len(self._addresses)])
        self.check()

    def cancel(self) -> None:
        """Cancel all calls, now and until ``uncancel``; for use from another thread.

        Waiting for one raises a ``PredictionError`` with the key ``cancelled``.
        """
        self._cancelled.set()
        for call in tuple(self._active_calls):
            call.cancel()

    def uncancel(self) -> None:
        """Allow calls again."""
        self._cancelled.clear()

    def close(self) -> None:
        """Close the connection; calls in progress are cancelled."""
        self._connection.close()

    def suggest(self, story: Sequence[str]) -> Pending[list[Candidate]]:
        """Request the likeliest next sentences."""
        return self._request(
            "suggest", responses.candidates, story=tensor_proto.strings([_truncated(story)])
        )

    def sample(
        self,
        story: Sequence[str],
        sampling: Sampling,
        seed: int,
        prefix: str = "",
        avoid: Sequence[str] = (),
    ) -> Pending[list[Candidate]]:
        """Request sampled next sentences.

        Args:
            story: the sentences so far, oldest first.
            sampling: options.
            seed: for reproducible samples.
            prefix: the beginning of each sentence; may be empty.
            avoid: sentences not to repeat.
        """
        return self._request(
            "sample",
            responses.candidates,
            story=tensor_proto.strings([_truncated(story)]),
            prefix=tensor_proto.strings([prefix[:SENTENCE_CHARACTERS]]),
            temperature=tensor_proto.floats([sampling.temperature]),
            top_p=tensor_proto.floats([sampling.top_p]),
            diversity=tensor_proto.floats([sampling.diversity]),
            seed=tensor_proto.int64s([seed]),
            avoid=tensor_proto.strings([_truncated(avoid)]),
        )

    def embed(self, sentences: Sequence[str]) -> Pending[list[Vector]]:
        """Request the embeddings of ``sentences``, each ``[d]``."""
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        return self._request(
            "embed",
            partial(responses.embeddings, count=len(cut)),
            sentence=tensor_proto.strings(cut),
        )

    def score(self, sentences: Sequence[str], story: Sequence[str] = ()) -> Pending[list[Scored]]:
        """Request the log-probability of each of ``sentences`` as the next one of a story.

        Args:
            sentences: at most ``SCORE_BATCH``.
            story: the sentences before it, oldest first; empty for the unconditional probability.
        """
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        return self._request(
            "score",
            partial(responses.scores, count=len(cut)),
            story=tensor_proto.strings([_truncated(story)] * len(cut)),
            sentence=tensor_proto.strings(cut),
        )

    def start(self, request: PredictRequest, timeout: float) -> Any:
        """Send ``request``; return the call, a ``grpc.Future``, due in ``timeout`` seconds."""
        call = self._connection.start(request, timeout)
        self._active_calls.add(call)
        call.add_done_callback(self._active_calls.discard)
        if self._cancelled.is_set():
            call.cancel()
        return call

    def explain(self, error: Any, signature: str) -> PredictionError:
        """Return a failed call's ``grpc.RpcError`` as an error to show."""
        if self._cancelled.is_set():  # the call may have failed before it was cancelled
            return PredictionError("cancelled")
        code, details = error.code(), clean(error.details() or "")[:200]
        key = _KEYS_BY_STATUS.get(code, "refused")
        if code is grpc.StatusCode.UNAVAILABLE and _TLS.search(details):
            key = "tls_failed"
        elif code is grpc.StatusCode.INVALID_ARGUMENT and _LABEL.search(details):
            key = "no_label"
        elif code in _ABOUT_SIGNATURES and re.search(r"\bsignature\b", details):
            key = "no_signature"
        fields = {
            "server_gone": {"address": self.address},
            "tls_failed": {"address": self.address},
            "not_admitted": {"address": self.address},
            "not_a_model_server": {"address": self.address},
            "timed_out": {"seconds": f"{self.timeout:g}"},
            "no_signature": {"model": self.name, "signature": signature},
            "no_model": {"model": self.name, "address": self.address},
            "no_label": {"model": self.name, "address": self.address, "label": self.label or ""},
            "refused": {"why": f"{code.name} {details}".strip()},
        }
        return PredictionError(key, **fields[key])

    def _request(
        self,
        signature: str,
        read: Callable[[PredictResponse], T],
        timeout: float | None = None,
        **inputs: TensorProto,
    ) -> Pending[T]:
        spec = ModelSpec(name=self.name, signature_name=signature, version_label=self.label)
        request = PredictRequest(model_spec=spec, inputs=inputs)
        return Pending(self, request, read, timeout or self.timeout)

    def _probe(self) -> None:
        only = len(self._addresses) == 1
        self._request(
            "embed",
            partial(responses.embeddings, count=1),
            timeout=self.timeout if only else min(self.timeout, PROBE_SECONDS),
            sentence=tensor_proto.strings(["."]),
        ).result()

    def _connect(self, address: str) -> None:
        """Switch to another server."""
        self._connection.close()
        self.address = address
        self._connection = Connection(address, self._credentials)


def _truncated(sentences: Sequence[str]) -> str:
    """Return the first and newest sentences, one per line, within the limits of a request."""
    first = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences[:FIRST_SENTENCES]]
    room = STORY_BYTES - sum(len(line.encode()) + 1 for line in first)
    newest: list[str] = []
    for sentence in reversed(sentences[len(first) :][-STORY_SENTENCES:]):
        line = sentence[:SENTENCE_CHARACTERS]
        room -= len(line.encode()) + 1
        if room < 0:
            break
        newest.append(line)
    return "\n".join([*first, *reversed(newest)])
