"""Converts Python lists to ``TensorProto`` messages and back, without NumPy.

TensorFlow stores a tensor's elements either in the field of its type (``float_val``, …) or, as
little-endian bytes, in ``tensor_content``; in the first form, trailing repetitions of the last
element may be left out (tensorflow/core/framework/tensor.proto). Both are decoded.
"""

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from client.remote.predict_pb2 import (
    DT_FLOAT,
    DT_INT32,
    DT_INT64,
    DT_STRING,
    DataType,
    TensorProto,
    TensorShapeProto,
)

# By type: the field of the elements, their struct code, and the default element.
_LAYOUTS: dict[int, tuple[str, str, Any]] = {
    DT_FLOAT: ("float_val", "f", 0.0),
    DT_INT32: ("int_val", "i", 0),
    DT_INT64: ("int64_val", "q", 0),
    DT_STRING: ("string_val", "", b""),
}

# Limits memory: a message of one element may declare any shape.
MAX_ELEMENTS = 1 << 22


class TensorError(ValueError):
    """A tensor of unsupported type, or whose elements do not fit its shape."""


class Tensor(NamedTuple):
    """A tensor, its elements in row-major order."""

    shape: tuple[int, ...]
    values: list[Any]  # [product of shape] float, int or bytes


def strings(values: Sequence[str]) -> TensorProto:
    """Return a string tensor of shape ``[len(values)]``, in UTF-8."""
    return _vector(DT_STRING, string_val=[value.encode() for value in values], size=len(values))


def floats(values: Sequence[float]) -> TensorProto:
    """Return a float32 tensor of shape ``[len(values)]``."""
    return _vector(DT_FLOAT, float_val=values, size=len(values))


def int64s(values: Sequence[int]) -> TensorProto:
    """Return an int64 tensor of shape ``[len(values)]``."""
    return _vector(DT_INT64, int64_val=values, size=len(values))


def _vector(dtype: DataType, size: int, **elements: Any) -> TensorProto:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size)])
    return TensorProto(dtype=dtype, tensor_shape=shape, **elements)


def decode(tensor: TensorProto) -> Tensor:
    """Return the shape and elements of a float32, int32, int64 or string tensor.

    Raises:
        TensorError: another type, unknown or too large a shape, or elements that do not fit it.
    """
    if tensor.dtype not in _LAYOUTS:
        raise TensorError(f"tensor of type {tensor.dtype} is not supported")
    field, code, default = _LAYOUTS[tensor.dtype]
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise TensorError("tensor of unknown shape")
    count = math.prod(shape)
    if count > MAX_ELEMENTS:
        raise TensorError(f"tensor of {count} elements is too large")
    if code and tensor.tensor_content:
        return Tensor(shape, _unpack(tensor.tensor_content, count, code))
    values = list(getattr(tensor, field))
    if len(values) > count:
        raise TensorError(f"{len(values)} elements for shape {list(shape)}")
    last = values[-1] if values else default
    return Tensor(shape, values + [last] * (count - len(values)))


def _unpack(content: bytes, count: int, code: str) -> list[Any]:
    layout = f"<{count}{code}"
    if struct.calcsize(layout) != len(content):
        raise TensorError(f"{len(content)} bytes for {count} elements")
    return list(struct.unpack(layout, content))
