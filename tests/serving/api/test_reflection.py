"""A tool without TensorFlow Serving's protos gets them from the server."""

import threading

import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)


@pytest.fixture
def client(serving, config_of, base_path):
    with serving(config_of(("soseol", base_path, "")), threads=2) as (client, _):
        yield client


def test_a_call_with_messages_from_reflection(client):
    known = ProtoReflectionDescriptorDatabase(client.channel)
    assert set(known.get_services()) == {
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    pool = descriptor_pool.DescriptorPool(known)
    service = pool.FindServiceByName("tensorflow.serving.ModelService")
    method = service.FindMethodByName("GetModelStatus")
    request = message_factory.GetMessageClass(method.input_type)()
    request.model_spec.name = "soseol"
    call = client.channel.unary_unary(
        f"/{service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    names = {m.name for m in pool.FindServiceByName("tensorflow.serving.PredictionService").methods}
    assert {"Predict", "GetModelMetadata"} <= names
    (status,) = call(request, timeout=20).model_version_status
    assert status.version == 1


def test_open_tools_do_not_keep_calls_waiting(client):
    """Each holds a stream while it is open; the server has two threads for calls."""
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")

    def hold():
        yield request
        closed.wait(20)

    closed = threading.Event()
    streams = [stub.ServerReflectionInfo(hold()) for _ in range(3)]
    assert all(next(stream).list_services_response.service for stream in streams)
    assert client.predict(story=["가"], timeout=20).outputs
    closed.set()
    for stream in streams:
        stream.cancel()
