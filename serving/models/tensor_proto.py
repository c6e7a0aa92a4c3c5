"""``TensorProto``: checks and decodes inputs by a signature, and encodes outputs.

The encoding is TensorFlow Serving's default, so a client tested against this server sees the
same there: inputs may use the typed fields or ``tensor_content`` (``Tensor::FromProto``),
outputs use the typed fields (``Tensor::AsProtoField``).
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from serving.errors import invalid_argument

# The last value of a typed field repeats to fill the shape, so without a limit a few bytes could
# make the server allocate terabytes.
MAX_REPEATED_ELEMENTS = 2**20

_VALUE_FIELDS = {
    types_pb2.DT_FLOAT: "float_val",
    types_pb2.DT_DOUBLE: "double_val",
    types_pb2.DT_INT8: "int_val",
    types_pb2.DT_INT16: "int_val",
    types_pb2.DT_INT32: "int_val",
    types_pb2.DT_UINT8: "int_val",
    types_pb2.DT_UINT16: "int_val",
    types_pb2.DT_INT64: "int64_val",
    types_pb2.DT_UINT32: "uint32_val",
    types_pb2.DT_UINT64: "uint64_val",
    types_pb2.DT_BOOL: "bool_val",
    types_pb2.DT_STRING: "string_val",
}


def decode_inputs(
    inputs: Mapping[str, Any], expected: Mapping[str, Any], signature_name: str
) -> dict[str, np.ndarray]:
    """Return the value of every input of a signature.

    Args:
        inputs: ``TensorProto`` by name, as received.
        expected: ``TensorInfo`` by name, from the signature.
        signature_name: for the message.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the input and its type and shape.
    """
    missing = sorted(set(expected) - set(inputs))
    unknown = sorted(set(inputs) - set(expected))
    if missing or unknown:
        problems = []
        if missing:
            problems.append("missing " + ", ".join(missing))
        if unknown:
            problems.append("unknown " + ", ".join(unknown))
        declared = ", ".join(f"{name} {_describe(expected[name])}" for name in sorted(expected))
        raise invalid_argument(
            f'inputs do not match signature "{signature_name}": '
            f"{'; '.join(problems)}; its inputs are {declared}"
        )
    return {name: _decode(name, inputs[name], expected[name]) for name in expected}


def encode(value: Any, dtype: int, proto: Any) -> None:
    """Write an output value into a ``TensorProto``.

    Args:
        value: array or scalar of any shape.
        dtype: a ``DataType`` of ``types.proto``.
        proto: the empty message to fill.
    """
    array = np.asarray(value, dtype=object if dtype == types_pb2.DT_STRING else None)
    field = _VALUE_FIELDS.get(dtype)
    if field is None:
        proto.CopyFrom(tf.make_tensor_proto(array))
        return
    proto.dtype = dtype
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    getattr(proto, field).extend(array.ravel().tolist())


def _decode(name: str, proto: Any, info: Any) -> np.ndarray:
    shape = [dim.size for dim in proto.tensor_shape.dim]
    unknown_rank = proto.tensor_shape.unknown_rank
    if proto.dtype != info.dtype or unknown_rank or not _is_compatible(shape, info.tensor_shape):
        raise invalid_argument(f"input {name} must be {_describe(info)}, got {_describe(proto)}")
    _check_element_count(name, proto, shape)
    try:
        if proto.dtype == types_pb2.DT_STRING and proto.tensor_content:
            strings = _parse_string_content(proto.tensor_content, prod(shape))
            return np.array(strings, dtype=object).reshape(shape)
        return tf.make_ndarray(proto)
    except (TypeError, ValueError):
        raise invalid_argument(
            f"input {name}: the contents do not match {_describe(proto)}"
        ) from None


def _parse_string_content(content: bytes, count: int) -> list[bytes]:
    """Parse the ``tensor_content`` of strings: all lengths as varints, then all bytes.

    The format is ``port::EncodeStringList``'s (tensorflow/core/platform/tensor_coding.cc).
    TensorFlow's own operation for it leaks a kilobyte of memory each time it fails.

    Raises:
        ValueError: ``content`` is not in this format.
    """
    lengths, at = [], 0
    for _ in range(count):
        length = 0
        for shift in range(0, 35, 7):
            byte = content[at] if at < len(content) else 0x80
            at += 1
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        else:
            raise ValueError("not a varint of 32 bits")
        lengths.append(length)
    ends = [at + length for length in accumulate(lengths)]
    if (ends[-1] if ends else at) != len(content):
        raise ValueError("lengths and bytes do not match")
    return [content[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _check_element_count(name: str, proto: Any, shape: list[int]) -> None:
    """Check the number of values against the shape before anything is allocated."""
    elements = prod(shape)
    if proto.tensor_content:
        # Every element takes at least one byte, even an empty string (its length).
        if elements > len(proto.tensor_content):
            raise invalid_argument(
                f"input {name}: {len(proto.tensor_content)} bytes of tensor_content "
                f"cannot hold {_describe(proto)}"
            )
        return
    field = _VALUE_FIELDS.get(proto.dtype)
    sent = len(getattr(proto, field)) if field else 0
    if sent > elements:
        raise invalid_argument(f"input {name}: {sent} values for {_describe(proto)}")
    if sent < elements and elements > MAX_REPEATED_ELEMENTS:
        raise invalid_argument(f"input {name}: only {sent} values for {_describe(proto)}")


def _is_compatible(shape: list[int], expected: Any) -> bool:
    if any(size < 0 for size in shape):
        return False
    if expected.unknown_rank:
        return True
    sizes = [dim.size for dim in expected.dim]
    return len(shape) == len(sizes) and all(
        size in (-1, got) for got, size in zip(shape, sizes, strict=True)
    )


def _describe(tensor: Any) -> str:
    """Describe a ``TensorInfo`` or ``TensorProto``, for example ``string [?]``."""
    try:
        dtype = types_pb2.DataType.Name(tensor.dtype).removeprefix("DT_").lower()
    except ValueError:
        dtype = f"type {tensor.dtype}"
    if tensor.tensor_shape.unknown_rank:
        return f"{dtype} of any shape"
    return f"{dtype} [{', '.join(_sizes(tensor.tensor_shape.dim))}]"


def _sizes(dims: Iterable[Any]) -> list[str]:
    return ["?" if dim.size == -1 else str(dim.size) for dim in dims]
