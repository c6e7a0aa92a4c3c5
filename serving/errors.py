"""One error type for everything a caller is told: a gRPC status code and one line of text."""

import re
from typing import Any

import grpc

_CODES = {code.value[0]: code for code in grpc.StatusCode}
# gRPC sends the text in a header, and clients refuse headers above 8 KiB.
_MAX_MESSAGE = 1_000
# TensorFlow puts where the graph was traced around the sentence that says what is wrong.
_BEFORE = re.compile(
    r"\A.*?Graph execution error:\s*(Detected at .*?<stack traces unavailable>)?", re.S
)
_AFTER = re.compile(r"\s*(\[\[\{\{node |\[Op:|Original stack trace for ).*\Z", re.S)


class ServingError(Exception):
    """Something that a caller or operator must be told.

    Attributes:
        code: the ``grpc.StatusCode``.
        message: one line, at most 1,000 characters.
    """

    def __init__(self, code: grpc.StatusCode, message: str):
        self.code = code
        self.message = " ".join(message.split())[:_MAX_MESSAGE]
        super().__init__(self.message)


def from_tensorflow(error: Any) -> ServingError:
    """Turn a ``tf.errors.OpError`` into the error that TensorFlow Serving would answer with.

    The codes are the same numbers (absl's canonical codes); only the text is shortened.
    """
    text = _AFTER.sub("", _BEFORE.sub("", error.message))
    return ServingError(_CODES[error.error_code], text or type(error).__name__)
