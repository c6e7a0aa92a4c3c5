"""Requests that are too large are rejected before they cost anything."""

import grpc
import numpy as np
import pytest
import tensorflow as tf

from serving.config.limits import Limits

Code = grpc.StatusCode


@pytest.fixture
def client(serving, config_of, base_path):
    limits = Limits(request_rows=4, story_bytes=1000)
    arguments = {"grpc.max_receive_message_length": 10_000}
    config = config_of(("soseol", base_path, ""))
    with serving(config, limits=limits, arguments=arguments) as (client, _):
        yield client


def test_long_stories(client, refusal):
    assert client.predict(story=["가" * 333]).outputs
    answer = refusal(client.predict, story=["나", "가" * 334])
    assert answer.code == Code.INVALID_ARGUMENT
    assert "input story: a string of 1002 bytes; at most 1000" in answer.text
    text = b"x" * 1001
    request = client.request()
    request.inputs["story"].CopyFrom(tf.make_tensor_proto([text]))
    request.inputs["story"].ClearField("string_val")
    request.inputs["story"].tensor_content = b"\xe9\x07" + text
    assert "1001 bytes" in refusal(client.prediction.Predict, request).text


def test_many_rows(client, refusal):
    assert client.predict(story=["가"] * 4).outputs
    answer = refusal(client.predict, story=["가"] * 5)
    assert answer.code == Code.INVALID_ARGUMENT
    assert "input story: 5 rows; at most 4" in answer.text
    request = client.request()
    request.inputs["story"].CopyFrom(tf.make_tensor_proto("가", shape=[1_000_000]))
    assert "1000000 rows" in refusal(client.prediction.Predict, request).text
    assert refusal(client.predict, "types", pairs=np.ones([5, 2], np.float32)).code == (
        Code.INVALID_ARGUMENT
    )


def test_large_messages(client, refusal):
    answer = refusal(client.predict, story=["가" * 300] * 12)
    assert answer.code == Code.RESOURCE_EXHAUSTED, "gRPC's own answer"
    assert client.predict(story=["가"]).outputs
