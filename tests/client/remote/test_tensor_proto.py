import pytest

from client.remote import predict_pb2 as pb
from client.remote import tensor_proto
from tests.client.conftest import tensor

UNREADABLE = {
    "type": pb.TensorProto(dtype=99, string_val=[b"x"]),
    "negative size": tensor(pb.DT_FLOAT, [-1], float_val=[1.0]),
    "unknown rank": pb.TensorProto(
        dtype=pb.DT_FLOAT, tensor_shape=pb.TensorShapeProto(unknown_rank=True)
    ),
    "too many elements": tensor(pb.DT_FLOAT, [2], float_val=[1.0, 2.0, 3.0]),
    "bytes that do not fit": tensor(pb.DT_FLOAT, [2], tensor_content=b"1234567"),
    "a promise too large": tensor(pb.DT_FLOAT, [1 << 20, 1 << 20], float_val=[1.0]),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_tensors_are_refused(name):
    with pytest.raises(tensor_proto.TensorError):
        tensor_proto.decode(UNREADABLE[name])


def test_scalars_and_empty_tensors():
    assert tensor_proto.decode(tensor(pb.DT_INT32, [], int_val=[7])) == ((), [7])
    assert tensor_proto.decode(tensor(pb.DT_STRING, [0])) == ((0,), [])


def test_a_seed_out_of_range_is_an_error():
    with pytest.raises(ValueError, match="range"):
        tensor_proto.int64s([2**63])
