"""Predict, metadata, status and health of a server with one model."""

import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    predict_pb2,
)

Code = grpc.StatusCode
STORY = "눈이 내렸다.\n그는 문을 열었다."


@pytest.fixture(scope="module")
def client(serving, config_of, saved_model, tmp_path_factory):
    base_path = tmp_path_factory.mktemp("models")
    (base_path / "1").symlink_to(saved_model)
    with serving(config_of(("soseol", base_path, "")), threads=4) as (client, _):
        yield client


def test_suggest_returns_ten_candidates_a_row(client):
    response = client.predict(story=[STORY, "아무도 없었다."])
    assert response.model_spec.name == "soseol"
    assert response.model_spec.version.value == 1
    assert response.model_spec.signature_name == "serving_default"
    outputs = {name: tf.make_ndarray(proto) for name, proto in response.outputs.items()}
    assert {name: value.shape for name, value in outputs.items()} == {
        "candidates": (2, 10),
        "log_probs": (2, 10),
        "token_counts": (2, 10),
        "embeddings": (2, 10, 8),
    }
    assert outputs["candidates"][0, 3].decode() == STORY + "3"
    assert outputs["candidates"][1, 9].decode() == "아무도 없었다.9"
    np.testing.assert_array_equal(outputs["log_probs"][1], -np.arange(10.0))


def test_answers_like_the_model_itself(client, saved_model):
    direct = tf.saved_model.load(str(saved_model)).signatures["suggest"](
        story=tf.constant([STORY, "한 줄"])
    )
    response = client.predict("suggest", story=[STORY, "한 줄"])
    for name, value in direct.items():
        np.testing.assert_array_equal(tf.make_ndarray(response.outputs[name]), value.numpy())


def test_outputs_are_typed_values_as_upstream_sends_them(client):
    outputs = client.predict(story=[STORY]).outputs
    assert len(outputs["candidates"].string_val) == 10
    assert len(outputs["log_probs"].float_val) == 10
    assert len(outputs["token_counts"].int_val) == 10
    assert not any(proto.tensor_content for proto in outputs.values())


def test_every_kind_of_number(client):
    pairs = np.array([[0, 1], [2, 3]], np.float32)
    outputs = client.predict("types", pairs=pairs).outputs
    assert len(outputs) == 8
    for name, proto in outputs.items():
        value = tf.make_ndarray(proto)
        if name == "first":
            assert value.shape == ()
            assert value == 0
        else:
            assert tf.as_dtype(proto.dtype).name == name
            np.testing.assert_array_equal(value, pairs.astype(value.dtype))


def test_several_inputs(client):
    response = client.predict(
        "sample",
        story=["가", "나"],
        prefix=["앞", ""],
        temperature=np.array([1.0, 2.0], np.float32),
        seed=np.array([7, -8], np.int64),
    )
    candidates = tf.make_ndarray(response.outputs["candidates"])
    assert candidates[0, 0].decode() == "앞가0"
    assert tf.make_ndarray(response.outputs["log_probs"])[1, 4] == -2.0
    assert list(response.outputs["seeds"].int64_val) == [7, -8]


def test_inputs_may_come_as_tensor_content(client):
    request = client.request("types")
    request.inputs["pairs"].CopyFrom(
        tensor_pb2.TensorProto(
            dtype=types_pb2.DT_FLOAT,
            tensor_content=np.array([5, 6], np.float32).tobytes(),
            tensor_shape=tf.TensorShape([1, 2]).as_proto(),
        )
    )
    response = client.prediction.Predict(request)
    assert list(response.outputs["int8"].int_val) == [5, 6]
    text = "문".encode()  # upstream's encoding of strings: all lengths, then all bytes
    request = client.request()
    request.inputs["story"].CopyFrom(
        tensor_pb2.TensorProto(
            dtype=types_pb2.DT_STRING,
            tensor_content=bytes([len(text), 1]) + text + b"x",
            tensor_shape=tf.TensorShape([2]).as_proto(),
        )
    )
    response = client.prediction.Predict(request)
    assert response.outputs["candidates"].string_val[0].decode() == "문0"
    assert response.outputs["candidates"].string_val[10] == b"x0"


def test_last_value_repeats_to_fill_the_shape(client):
    request = client.request()
    request.inputs["story"].CopyFrom(tf.make_tensor_proto("눈", shape=[3]))
    assert len(request.inputs["story"].string_val) == 1
    response = client.prediction.Predict(request)
    assert tf.make_ndarray(response.outputs["candidates"]).shape == (3, 10)


def test_output_filter(client, refusal):
    request = client.request(story=[STORY])
    request.output_filter.append("log_probs")
    assert set(client.prediction.Predict(request).outputs) == {"log_probs"}
    request.output_filter.append("log_probs")
    assert refusal(client.prediction.Predict, request).code == Code.INVALID_ARGUMENT
    request.output_filter[:] = ["logits"]
    answer = refusal(client.prediction.Predict, request)
    assert answer.code == Code.INVALID_ARGUMENT
    assert "logits" in answer.text
    assert "log_probs" in answer.text


def test_large_messages(client):
    """9 MB, above gRPC's default of 4 MiB."""
    prefixes = ["가" * 1_000_000] * 3
    request = client.request("sample", story=["나"] * 3, prefix=prefixes, **_sampling(3))
    request.output_filter.append("log_probs")
    assert client.prediction.Predict(request).outputs["log_probs"].float_val


@pytest.mark.parametrize("text", ["", "\x00", "\x07\x1b[0m\r", "漢字", "👩‍👩‍👧", "x" * 100_000])
def test_any_text_comes_through(client, text):
    response = client.predict("sample", story=["가"], prefix=[text], **_sampling(1))
    assert response.outputs["candidates"].string_val[0].decode() == text + "가0"


def test_unknown_names_and_versions(client, refusal):
    story = ["가"]
    unknown = refusal(client.predict, model="sosul", story=story)
    assert (unknown.code, unknown.text) == (
        Code.NOT_FOUND,
        "Servable not found for request: Latest(sosul)",
    )
    unknown = refusal(client.predict, version=7, story=story)
    assert (unknown.code, unknown.text) == (
        Code.NOT_FOUND,
        "Servable not found for request: Specific(soseol, 7)",
    )
    unknown = refusal(client.predict, label="canary", story=story)
    assert (unknown.code, unknown.text) == (
        Code.INVALID_ARGUMENT,
        "Unrecognized servable version label: canary",
    )
    unknown = refusal(client.predict, "sugest", story=story)
    assert (unknown.code, unknown.text) == (
        Code.FAILED_PRECONDITION,
        'Serving signature key "sugest" not found.',
    )
    assert refusal(client.predict, model="", story=story).code == Code.INVALID_ARGUMENT
    empty = predict_pb2.PredictRequest()
    assert refusal(client.prediction.Predict, empty).text == "Missing ModelSpec"


@pytest.mark.parametrize(
    ("signature", "inputs", "words"),
    [
        ("", {}, ["missing story", "story string [?]"]),
        ("", {"story": ["가"], "stories": ["나"]}, ["unknown stories", "story string [?]"]),
        ("sample", {"story": ["가"]}, ["missing prefix, seed, temperature", "float [?]"]),
        ("", {"story": [1.0]}, ["story", "string [?]", "float [1]"]),
        ("", {"story": "가"}, ["story", "string [?]", "string []"]),
        ("", {"story": [["가", "나"]]}, ["story", "string [?]", "string [1, 2]"]),
        ("types", {"pairs": np.ones([2, 3], np.float32)}, ["float [?, 2]", "float [2, 3]"]),
        ("types", {"pairs": np.ones([2, 2])}, ["float [?, 2]", "double [2, 2]"]),
    ],
)
def test_wrong_inputs_say_what_is_wanted(client, refusal, signature, inputs, words):
    answer = refusal(client.predict, signature, **inputs)
    assert answer.code == Code.INVALID_ARGUMENT
    assert [word for word in words if word not in answer.text] == []


def test_what_the_model_refuses_is_an_invalid_argument(client, refusal):
    answer = refusal(client.predict, story=[""])
    assert answer.code == Code.INVALID_ARGUMENT
    assert "the story is empty" in answer.text
    assert "{{node" not in answer.text
    rows = refusal(
        client.predict, "sample", story=["가", "나"], prefix=["", "", ""], **_sampling(2)
    )
    assert rows.code == Code.INVALID_ARGUMENT


def test_malformed_tensors(client, refusal):
    def shape(*sizes):
        return {"dim": [{"size": size} for size in sizes]}

    string, floats = types_pb2.DT_STRING, types_pb2.DT_FLOAT
    for signature, proto in [
        ("", {}),
        ("", {"dtype": 9999, "tensor_shape": shape(1)}),
        ("", {"dtype": types_pb2.DT_RESOURCE, "tensor_shape": shape(1)}),
        ("", {"dtype": string, "tensor_shape": shape(-1), "string_val": [b"x"]}),
        ("", {"dtype": string, "tensor_shape": shape(2**62), "string_val": [b"x"]}),
        ("", {"dtype": string, "tensor_shape": shape(1), "string_val": [b"x", b"y"]}),
        ("", {"dtype": string, "tensor_shape": shape(2**62), "tensor_content": b"\x01x"}),
        ("", {"dtype": string, "tensor_shape": shape(1), "tensor_content": b"\xff"}),
        ("", {"dtype": string, "tensor_shape": {"unknown_rank": True}}),
        ("", {"dtype": string, "tensor_shape": shape(*[1] * 300), "string_val": [b"x"]}),
        ("types", {"dtype": floats, "tensor_shape": shape(1, 2), "tensor_content": b"abcdefg"}),
        ("types", {"dtype": floats, "tensor_shape": shape(2**40, 2)}),
    ]:
        request = client.request(signature)
        name = "pairs" if signature else "story"
        request.inputs[name].CopyFrom(tensor_pb2.TensorProto(**proto))
        answer = refusal(client.prediction.Predict, request, timeout=20)
        assert answer.code == Code.INVALID_ARGUMENT, proto
        assert name in answer.text
    assert client.predict(story=["그래도 산다"]).outputs


@pytest.mark.parametrize("noise", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"not a message"])
def test_bytes_that_do_not_deserialize(client, refusal, noise):
    for method in [
        "tensorflow.serving.PredictionService/Predict",
        "tensorflow.serving.ModelService/GetModelStatus",
        "grpc.health.v1.Health/Check",
    ]:
        call = client.channel.unary_unary(f"/{method}")
        answer = refusal(call, noise, timeout=20)
        assert (answer.code, answer.text) == (Code.INTERNAL, "Exception deserializing request!")
    reflection = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    stream = client.channel.stream_stream(f"/{reflection}")(iter([noise]), timeout=20)
    assert refusal(next, stream).code == Code.INTERNAL
    watch = client.channel.unary_stream("/grpc.health.v1.Health/Watch")(noise, timeout=20)
    assert refusal(next, watch).code == Code.INTERNAL
    assert client.predict(story=["그래도 산다"]).outputs


def test_metadata(client, refusal, saved_model):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    assert refusal(client.prediction.GetModelMetadata, request).text == "Missing ModelSpec"
    request.model_spec.name = "soseol"
    response = client.prediction.GetModelMetadata(request)
    assert response.model_spec.version.value == 1
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert {"serving_default", "suggest", "sample"} <= set(signatures.signature_def)
    story = signatures.signature_def["suggest"].inputs["story"]
    assert story.dtype == types_pb2.DT_STRING
    assert [dim.size for dim in story.tensor_shape.dim] == [-1]
    request.metadata_field[:] = ["weights"]
    assert refusal(client.prediction.GetModelMetadata, request).code == Code.INVALID_ARGUMENT
    del request.metadata_field[:]
    assert refusal(client.prediction.GetModelMetadata, request).code == Code.INVALID_ARGUMENT
    request.metadata_field[:] = ["signature_def"]
    request.model_spec.name = "other"
    assert refusal(client.prediction.GetModelMetadata, request).code == Code.NOT_FOUND


def test_status(client, refusal):
    assert client.states() == {1: "AVAILABLE"}
    request = get_model_status_pb2.GetModelStatusRequest()
    assert refusal(client.model.GetModelStatus, request).text == "Missing ModelSpec"
    request.model_spec.name = "other"
    answer = refusal(client.model.GetModelStatus, request)
    assert (answer.code, answer.text) == (
        Code.NOT_FOUND,
        "Could not find any versions of model other",
    )
    request.model_spec.name = "soseol"
    request.model_spec.version.value = 2
    answer = refusal(client.model.GetModelStatus, request)
    assert answer.text == "Could not find version 2 of model soseol"


def test_health(client, refusal):
    for service in [
        "",
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
    ]:
        response = client.health.Check(health_pb2.HealthCheckRequest(service=service))
        assert response.status == health_pb2.HealthCheckResponse.SERVING
    unknown = health_pb2.HealthCheckRequest(service="nobody")
    assert refusal(client.health.Check, unknown).code == Code.NOT_FOUND


def test_methods_for_tf_examples_are_unimplemented(client, refusal):
    request = classification_pb2.ClassificationRequest()
    assert refusal(client.prediction.Classify, request).code == Code.UNIMPLEMENTED


def test_empty_reload_is_refused(client, refusal):
    request = model_management_pb2.ReloadConfigRequest()
    answer = refusal(client.model.HandleReloadConfigRequest, request)
    assert answer.code == Code.INVALID_ARGUMENT
    assert client.states() == {1: "AVAILABLE"}


def test_calls_run_in_parallel(client):
    """A short call overtakes a long one: no lock is held while the model runs."""
    long = client.slow(client.steps(2))
    client.predict(story=["가"])
    assert not long.done()
    assert long.result().outputs["sum"].float_val


def test_work_stops_at_the_deadline(client):
    """Four threads get hours of work each, and are free half a second later."""
    calls = [client.slow(10**9, timeout=0.5) for _ in range(4)]
    assert [call.code() for call in calls] == [Code.DEADLINE_EXCEEDED] * 4
    client.predict(story=["가"], timeout=10)


def test_cancelled_calls_that_wait_are_skipped(client):
    """Four calls run; eight cancelled ones that wait behind them cost nothing."""
    steps = client.steps(0.6)
    running = [client.slow(steps) for _ in range(4)]
    time.sleep(0.1)
    waiting = [client.slow(10**9, timeout=15) for _ in range(8)]
    for call in waiting:
        call.cancel()
    client.predict(story=["가"], timeout=10)
    assert all(call.result() for call in running)


def test_health_answers_while_all_threads_are_busy(client):
    running = [client.slow(10**9, timeout=2.5) for _ in range(4)]
    time.sleep(0.1)
    client.health.Check(health_pb2.HealthCheckRequest(), timeout=2)
    assert not any(call.done() for call in running)
    assert [call.code() for call in running] == [Code.DEADLINE_EXCEEDED] * 4


def _sampling(rows: int) -> dict[str, np.ndarray]:
    return {"temperature": np.ones(rows, np.float32), "seed": np.zeros(rows, np.int64)}
