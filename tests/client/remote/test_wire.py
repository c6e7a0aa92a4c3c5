"""The client's own messages are TensorFlow Serving's, byte for byte where it matters."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.remote import predict_pb2 as ours
from client.remote import tensor_proto
from tests.conftest import ROOT

np = pytest.importorskip("numpy")
tf = pytest.importorskip("tensorflow")
theirs = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
TheirTensor = tf.make_tensor_proto(0.0).__class__

PAIRS = [
    (ours.PredictRequest, theirs.PredictRequest),
    (ours.PredictResponse, theirs.PredictResponse),
]
FLOATS = st.floats(width=32, allow_nan=False)
INT32S = st.integers(-(2**31), 2**31 - 1)
INT64S = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def same_field(our, their):
    kind = lambda f: (f.number, f.type, f.is_repeated, f.is_packed)  # noqa: E731
    return kind(our) == kind(their)


def compare(our, their, seen):
    if our.full_name in seen:
        return
    seen.add(our.full_name)
    for field in our.fields:
        their_field = their.fields_by_name[field.name]
        assert same_field(field, their_field), field.full_name
        if field.message_type:
            compare(field.message_type, their_field.message_type, seen)
        if field.enum_type:
            values = {v.name: v.number for v in their_field.enum_type.values}
            assert all(values[v.name] == v.number for v in field.enum_type.values)


def test_every_field_is_theirs():
    seen = set()
    for our, their in PAIRS:
        compare(our.DESCRIPTOR, their.DESCRIPTOR, seen)
    assert {"soseol.TensorProto", "soseol.ModelSpec", "soseol.TensorShapeProto.Dim"} <= seen


def test_generated_code_is_up_to_date(tmp_path):
    pytest.importorskip("grpc_tools")
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}"]
    subprocess.run([*command, "client/remote/predict.proto"], cwd=ROOT, check=True, timeout=60)
    fresh = (tmp_path / "client" / "remote" / "predict_pb2.py").read_text()
    committed = (ROOT / "client" / "remote" / "predict_pb2.py").read_text()

    def descriptor(code):
        return next(line for line in code.splitlines() if "AddSerializedFile" in line)

    assert descriptor(fresh) == descriptor(committed)


@given(st.lists(TEXTS, max_size=4), st.lists(FLOATS, max_size=4), st.lists(INT64S, max_size=4))
def test_they_read_our_requests(words, numbers, seeds):
    request = ours.PredictRequest(
        model_spec=ours.ModelSpec(name="소설", signature_name="sample"),
        inputs={
            "story": tensor_proto.strings(words),
            "temperature": tensor_proto.floats(numbers),
            "seed": tensor_proto.int64s(seeds),
        },
    )
    read = theirs.PredictRequest.FromString(request.SerializeToString())
    assert (read.model_spec.name, read.model_spec.signature_name) == ("소설", "sample")
    assert [s.decode() for s in tf.make_ndarray(read.inputs["story"])] == words
    assert tf.make_ndarray(read.inputs["temperature"]).tolist() == numbers
    seed = tf.make_ndarray(read.inputs["seed"])
    assert seed.dtype == np.int64
    assert seed.tolist() == seeds


@st.composite
def arrays(draw):
    """Arrays of the four types, of none to three dimensions."""
    dtype, elements = draw(
        st.sampled_from(
            [(np.float32, FLOATS), (np.int32, INT32S), (np.int64, INT64S), (object, TEXTS)]
        )
    )
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    count = int(np.prod(shape))
    values = draw(st.lists(elements, min_size=count, max_size=count))
    if dtype is object:
        values = [text.encode() for text in values]
    array = np.empty(count, dtype)
    array[:] = values
    return array.reshape(shape)


@given(arrays())
def test_we_read_their_responses(array):
    sent = tf.make_tensor_proto(array, tf.string if array.dtype == object else None)
    response = theirs.PredictResponse(outputs={"out": sent})
    response.model_spec.version.value = 3
    read = ours.PredictResponse.FromString(response.SerializeToString())
    decoded = tensor_proto.decode(read.outputs["out"])
    assert decoded.shape == array.shape
    assert decoded.values == array.reshape(-1).tolist()
    assert read.model_spec.version.value == 3


@given(
    st.sampled_from(["float_val", "int_val", "int64_val", "string_val"]),
    st.integers(0, 6),
    st.data(),
)
def test_left_out_elements_repeat_the_last_one(field, count, data):
    dtype, elements = {
        "float_val": (tf.float32, FLOATS),
        "int_val": (tf.int32, INT32S),
        "int64_val": (tf.int64, INT64S),
        "string_val": (tf.string, TEXTS.map(str.encode)),
    }[field]
    values = data.draw(st.lists(elements, max_size=count))
    sent = TheirTensor(dtype=dtype.as_datatype_enum, **{field: values})
    sent.tensor_shape.dim.add().size = count
    decoded = tensor_proto.decode(ours.TensorProto.FromString(sent.SerializeToString()))
    # For strings, make_ndarray repeats numpy's own zero differently when there is no element.
    if values or field != "string_val":
        assert decoded.values == tf.make_ndarray(sent).tolist()
    else:
        assert decoded.values == [b""] * count


def test_tensor_content_is_what_numpy_arrays_travel_in():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    sent = tf.make_tensor_proto(array)
    assert sent.tensor_content
    read = ours.TensorProto.FromString(sent.SerializeToString())
    assert tensor_proto.decode(read) == ((2, 3), [0, 1, 2, 3, 4, 5])
