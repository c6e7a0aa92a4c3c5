"""Asks a model server for candidates, over TensorFlow Serving's ``PredictionService/Predict``.

Every call is started at once and awaited later, so that several run side by side, and has a
deadline. gRPC's own messages stay quiet: what went wrong is said by ``PredictionError``.
"""

import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import grpc

from client.candidates import Candidate, Scored, Vector
from client.errors import PredictionError
from client.interrupts import uninterrupted
from client.remote import answers, tensors
from client.remote.access import Access
from client.remote.connection import Connection
from client.remote.predict_pb2 import ModelSpec, PredictRequest, PredictResponse, TensorProto
from client.remote.sampling import Sampling
from client.sentences import clean

RETRY_SECONDS = 0.5
PROBE_SECONDS = 5.0  # for a sign of life, where there are other servers to turn to

# What is sent of a long story: its first and its newest sentences, of which a model reads some
# dozens (trainer/decoding/answering.py). A server takes messages of 4 MB unless told otherwise.
FIRST_SENTENCES = 20
STORY_SENTENCES = 2_000
STORY_BYTES = 1 << 20
SENTENCE_CHARACTERS = 2_000
SCORED = 16  # sentences a request; serving/deploy/batching_parameters.txt has no larger batches

_OPEN = Access()

_MEANINGS = {
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
    """An answer on its way."""

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
        """Wait for the answer and return it.

        Raises:
            PredictionError: there is none, or it cannot be read.
        """
        signature = self._request.model_spec.signature_name
        try:
            return self._read(self._call.result())
        except grpc.FutureCancelledError:
            raise PredictionError("cancelled") from None
        except grpc.RpcError as error:
            raise self._model.explain(error, signature) from None
        except tensors.TensorError as error:
            raise PredictionError("bad_answer", signature=signature, why=error) from None

    @uninterrupted()
    def cancel(self) -> None:
        """Give the answer up; the server is told so."""
        self._call.cancel()


class Model:
    """A model with the signatures of ``trainer/signatures.py``, on one server or more.

    Attributes:
        address: ``host:port`` of the server that is asked now.
        name: of the model.
        label: of the version that is asked; the newest one if it is None.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        name: str,
        timeout: float,
        access: Access = _OPEN,
        label: str | None = None,
    ) -> None:
        """Prepare to ask ``name`` at one of ``addresses``, ``timeout`` seconds a call."""
        self.name = name
        self.label = label
        self.timeout = timeout
        self._addresses = tuple(addresses)
        self._access = access
        self.address = addresses[0]
        self._cancelled = threading.Event()
        self._under_way: set[Any] = set()  # calls, each a ``grpc.Future``
        self._connection = Connection(self.address, access)

    def check(self) -> list[str]:
        """Turn to the first server that is there and has the model; return those skipped.

        Raises:
            PredictionError: there is none; says what was wrong with the first, or with the first
                that was there.
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

    def may_help_to_ask_again(self, error: PredictionError) -> bool:
        """Return whether a failed turn deserves another try.

        Not if the only server was slow: it is still at work.
        """
        several = len(self._addresses) > 1
        return error.key == "server_gone" or (several and error.key == "timed_out")

    def reconnect(self) -> None:
        """Wait a moment for the only server, or turn to the next one that is there.

        Raises:
            PredictionError: there is none.
        """
        if len(self._addresses) == 1:
            self._cancelled.wait(RETRY_SECONDS)
            self._connect(self.address)  # anew: gRPC waits longer and longer with a dead one
            return
        following = self._addresses.index(self.address) + 1
        self._connect(self._addresses[following % len(self._addresses)])
        self.check()

    def cancel(self) -> None:
        """Give up what is asked now, and what will be until ``uncancel``; for another thread.

        Whoever waits for an answer gets a ``PredictionError`` with the key ``cancelled``.
        """
        self._cancelled.set()
        for call in tuple(self._under_way):
            call.cancel()

    def uncancel(self) -> None:
        """Ask again from now on."""
        self._cancelled.clear()

    def close(self) -> None:
        """Close the connection; answers on their way are given up."""
        self._connection.close()

    def suggest(self, story: Sequence[str]) -> Pending[list[Candidate]]:
        """Ask for the likeliest next sentences."""
        return self._ask("suggest", answers.candidates, story=tensors.strings([_ends(story)]))

    def sample(
        self,
        story: Sequence[str],
        sampling: Sampling,
        seed: int,
        prefix: str = "",
        avoid: Sequence[str] = (),
    ) -> Pending[list[Candidate]]:
        """Ask for next sentences drawn at random.

        Args:
            story: the sentences so far, oldest first.
            sampling: how freely to draw.
            seed: the same one brings the same sentences.
            prefix: how every one begins.
            avoid: sentences not to repeat.
        """
        return self._ask(
            "sample",
            answers.candidates,
            story=tensors.strings([_ends(story)]),
            prefix=tensors.strings([prefix[:SENTENCE_CHARACTERS]]),
            temperature=tensors.floats([sampling.temperature]),
            top_p=tensors.floats([sampling.top_p]),
            diversity=tensors.floats([sampling.diversity]),
            seed=tensors.int64s([seed]),
            avoid=tensors.strings([_ends(avoid)]),
        )

    def embed(self, sentences: Sequence[str]) -> Pending[list[Vector]]:
        """Ask for the vectors of ``sentences``."""
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        return self._ask(
            "embed", partial(answers.embeddings, count=len(cut)), sentence=tensors.strings(cut)
        )

    def score(self, sentences: Sequence[str], story: Sequence[str] = ()) -> Pending[list[Scored]]:
        """Ask how likely each of ``sentences`` is as the next one of a story.

        Args:
            sentences: at most ``SCORED`` of them.
            story: the sentences before it, oldest first; none asks how likely it is by itself.
        """
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        return self._ask(
            "score",
            partial(answers.scores, count=len(cut)),
            story=tensors.strings([_ends(story)] * len(cut)),
            sentence=tensors.strings(cut),
        )

    def start(self, request: PredictRequest, timeout: float) -> Any:
        """Send ``request``; return the call, a ``grpc.Future``, which ends after ``timeout`` s."""
        call = self._connection.start(request, timeout)
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        if self._cancelled.is_set():
            call.cancel()
        return call

    def explain(self, error: Any, signature: str) -> PredictionError:
        """Return what a failed call (``grpc.RpcError``) means to a writer."""
        if self._cancelled.is_set():  # the call may have failed before it could be cancelled
            return PredictionError("cancelled")
        code, details = error.code(), clean(error.details() or "")[:200]
        key = _MEANINGS.get(code, "refused")
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

    def _ask(
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
        alone = len(self._addresses) == 1
        self._ask(
            "embed",
            partial(answers.embeddings, count=1),
            timeout=self.timeout if alone else min(self.timeout, PROBE_SECONDS),
            sentence=tensors.strings(["."]),
        ).result()

    def _connect(self, address: str) -> None:
        """Leave the present server for another one."""
        self._connection.close()
        self.address = address
        self._connection = Connection(address, self._access)


def _ends(sentences: Sequence[str]) -> str:
    """Return the first and the newest sentences, one a line, within what a request may hold."""
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
