"""The one error type for callers and operators: a gRPC status code and one line of text."""

import re
from typing import Any

import grpc

_CODES = {code.value[0]: code for code in grpc.StatusCode}
# gRPC sends the text in a header, and clients reject headers above 8 KiB.
_MAX_MESSAGE = 1_000
# TensorFlow wraps the useful sentence in details of where the graph was traced.
_PREFIX = re.compile(
    r"\A.*?Graph execution error:\s*(Detected at .*?<stack traces unavailable>)?", re.S
)
_SUFFIX = re.compile(r"\s*(\[\[\{\{node |\[Op:|Original stack trace for ).*\Z", re.S)


class ServingError(Exception):
    """An error whose text is meant for the caller or the operator.

    Attributes:
        code: the ``grpc.StatusCode``.
        message: one line, at most 1,000 characters.
    """

    def __init__(self, code: grpc.StatusCode, message: str):
        self.code = code
        self.message = " ".join(message.split())[:_MAX_MESSAGE]
        super().__init__(self.message)


def invalid_argument(message: str) -> ServingError:
    """Return an INVALID_ARGUMENT error: the request or the configuration is at fault."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def from_tensorflow(error: Any) -> ServingError:
    """Convert a ``tf.errors.OpError`` to the error that TensorFlow Serving would return.

    The codes are the same numbers (absl's canonical codes); only the text is shortened.
    """
    text = _SUFFIX.sub("", _PREFIX.sub("", error.message))
    return ServingError(_CODES[error.error_code], text or type(error).__name__)
