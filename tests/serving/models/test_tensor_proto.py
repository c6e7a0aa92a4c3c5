"""Tensors of any content are decoded exactly or rejected."""

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.message import DecodeError
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.errors import ServingError
from serving.models.tensor_proto import decode_inputs, encode

NUMBERS = ["float16", "float32", "float64", "int8", "int16", "int32", "int64"]
NUMBERS += ["uint8", "uint16", "uint32", "uint64", "bool"]


def _info(dtype: int, *sizes: int):
    info = meta_graph_pb2.TensorInfo(dtype=dtype)
    info.tensor_shape.CopyFrom(tf.TensorShape([None if s < 0 else s for s in sizes]).as_proto())
    return info


def _decode(proto, info):
    return decode_inputs({"x": proto}, {"x": info}, "s")["x"]


arrays = st.sampled_from(NUMBERS).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0, max_side=4))
)
texts = st.lists(st.binary(max_size=20) | st.text(max_size=8).map(str.encode), max_size=6)


@given(arrays, st.booleans())
def test_numbers_come_back_as_they_went(array, content):
    dtype = tf.as_dtype(array.dtype).as_datatype_enum
    proto = tensor_pb2.TensorProto()
    if content:
        proto = tf.make_tensor_proto(array)
    else:
        encode(array, dtype, proto)
    decoded = _decode(proto, _info(dtype, *[-1] * array.ndim))
    assert np.asarray(decoded).dtype == array.dtype
    np.testing.assert_array_equal(decoded, array)
    np.testing.assert_array_equal(tf.make_ndarray(proto), array)


@given(texts)
@example([b"", b"\x00\x00", "가".encode()])
def test_strings_come_back_as_they_went(values):
    array = np.array(values, dtype=object)
    proto = tensor_pb2.TensorProto()
    encode(array, types_pb2.DT_STRING, proto)
    assert list(_decode(proto, _info(types_pb2.DT_STRING, -1))) == values


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5))
@example([b"x" * 20_000, b""])
def test_strings_may_come_as_content(values):
    """All lengths, then all bytes, and TensorFlow itself reads the same."""
    content = b"".join(_varint(len(value)) for value in values) + b"".join(values)
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, tensor_content=content)
    proto.tensor_shape.dim.add(size=len(values))
    info = _info(types_pb2.DT_STRING, -1)
    assert list(_decode(proto, info)) == values
    theirs = tf.io.parse_tensor(proto.SerializeToString(), tf.string).numpy()
    assert list(theirs) == values
    for broken in [content + b"x", content[:-1], b"\x80" * len(content)]:
        proto.tensor_content = broken
        if broken:
            with pytest.raises(ServingError, match="input x"):
                _decode(proto, info)


@given(st.binary(max_size=60), st.sampled_from([types_pb2.DT_STRING, types_pb2.DT_FLOAT]))
def test_any_bytes_are_decoded_or_refused(noise, dtype):
    try:
        proto = tensor_pb2.TensorProto.FromString(noise)
    except DecodeError:
        proto = tensor_pb2.TensorProto(tensor_content=noise)
        proto.tensor_shape.dim.add(size=len(noise) // 4)
    proto.dtype = dtype
    value, refused = None, None
    try:
        value = _decode(proto, _info(dtype, -1))
    except ServingError as error:
        refused = error
    if refused is not None:
        assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
        assert len(refused.message) <= 1_000
    else:
        assert np.asarray(value).shape == (proto.tensor_shape.dim[0].size,)


@pytest.mark.parametrize("wanted", [(), (2,), (-1, -1), (3, -1)])
def test_shape_must_fit(wanted):
    proto = tf.make_tensor_proto(np.zeros([3], np.float32))
    with pytest.raises(ServingError, match=r"float \[3\]"):
        _decode(proto, _info(types_pb2.DT_FLOAT, *wanted))
