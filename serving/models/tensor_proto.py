"""Tensors on the wire: check what a caller sent against the signature, and encode answers.

Encoding follows TensorFlow Serving's defaults, so that a client tried against this server
meets nothing new at the real one: inputs may come as typed values or as ``tensor_content``
(``Tensor::FromProto``), outputs leave as typed values (``Tensor::AsProtoField``).
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from math import prod
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from serving.errors import ServingError

# A few bytes may stand for a large tensor, because the last value repeats to fill the shape.
# That is how a caller could make the server allocate terabytes.
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
    inputs: Mapping[str, Any], wanted: Mapping[str, Any], signature_name: str
) -> dict[str, np.ndarray]:
    """Return the value of every input of a signature.

    Args:
        inputs: ``TensorProto`` by name, as sent.
        wanted: ``TensorInfo`` by name, as the signature declares.
        signature_name: for the message.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the input and the type and shape it must have.
    """
    missing = sorted(set(wanted) - set(inputs))
    unknown = sorted(set(inputs) - set(wanted))
    if missing or unknown:
        complaints = []
        if missing:
            complaints.append("missing " + ", ".join(missing))
        if unknown:
            complaints.append("unknown " + ", ".join(unknown))
        takes = ", ".join(f"{name} {_describe(wanted[name])}" for name in sorted(wanted))
        raise _invalid(
            f'inputs do not match signature "{signature_name}": '
            f"{'; '.join(complaints)}; it takes {takes}"
        )
    return {name: _decode(name, inputs[name], wanted[name]) for name in wanted}


def encode(value: Any, dtype: int, proto: Any) -> None:
    """Write a value that TensorFlow returned into a ``TensorProto``.

    Args:
        value: array (or scalar) of any shape.
        dtype: number in ``types.proto``.
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
    if proto.dtype != info.dtype or unknown_rank or not _fits(shape, info.tensor_shape):
        raise _invalid(f"input {name} must be {_describe(info)}, got {_describe(proto)}")
    _check_amount(name, proto, shape)
    try:
        if proto.dtype == types_pb2.DT_STRING and proto.tensor_content:
            strings = _strings(proto.tensor_content, prod(shape))
            return np.array(strings, dtype=object).reshape(shape)
        return tf.make_ndarray(proto)
    except (TypeError, ValueError):
        raise _invalid(
            f"input {name}: the contents do not fill {_describe(proto)} exactly"
        ) from None


def _strings(content: bytes, count: int) -> list[bytes]:
    """Take apart the ``tensor_content`` of strings: all lengths as varints, then all bytes.

    (``port::EncodeStringList`` in tensorflow/core/platform/tensor_coding.cc; TensorFlow's own
    operation for this loses a kilobyte of memory each time that it fails.)
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


def _check_amount(name: str, proto: Any, shape: list[int]) -> None:
    """Compare values sent with values declared before anything is allocated."""
    elements = prod(shape)
    if proto.tensor_content:
        # Every element takes at least a byte, even an empty string (its length).
        if elements > len(proto.tensor_content):
            raise _invalid(
                f"input {name}: {len(proto.tensor_content)} bytes of tensor_content "
                f"cannot hold {_describe(proto)}"
            )
        return
    field = _VALUE_FIELDS.get(proto.dtype)
    sent = len(getattr(proto, field)) if field else 0
    if sent > elements:
        raise _invalid(f"input {name}: {sent} values sent for {_describe(proto)}")
    if sent < elements and elements > MAX_REPEATED_ELEMENTS:
        raise _invalid(f"input {name}: only {sent} values sent for {_describe(proto)}")


def _fits(shape: list[int], wanted: Any) -> bool:
    if any(size < 0 for size in shape):
        return False
    if wanted.unknown_rank:
        return True
    sizes = [dim.size for dim in wanted.dim]
    return len(shape) == len(sizes) and all(
        want in (-1, got) for got, want in zip(shape, sizes, strict=True)
    )


def _describe(tensor: Any) -> str:
    """Return for example ``string [?]`` for a ``TensorInfo`` or ``TensorProto``."""
    try:
        dtype = types_pb2.DataType.Name(tensor.dtype).removeprefix("DT_").lower()
    except ValueError:
        dtype = f"type {tensor.dtype}"
    if tensor.tensor_shape.unknown_rank:
        return f"{dtype} of any shape"
    return f"{dtype} [{', '.join(_sizes(tensor.tensor_shape.dim))}]"


def _sizes(dims: Iterable[Any]) -> list[str]:
    return ["?" if dim.size == -1 else str(dim.size) for dim in dims]


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
