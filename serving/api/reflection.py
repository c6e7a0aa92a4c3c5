"""gRPC reflection: tools such as grpcurl learn the services and their messages from the server.

The modules of tensorflow-serving-api that describe the two services were made by a protobuf
compiler of 2018 and cannot be imported any more (their messages can), so the services are
described here, method by method as upstream's ``prediction_service.proto`` and
``model_service.proto``.
"""

from concurrent import futures
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    predict_pb2,
    regression_pb2,
)

_PACKAGE = "tensorflow.serving"
_THREADS = 4

# File, then method -> the module of its request and response, and what their names begin with.
_SERVICES: dict[str, tuple[str, dict[str, tuple[Any, str]]]] = {
    "PredictionService": (
        "tensorflow_serving/apis/prediction_service.proto",
        {
            "Classify": (classification_pb2, "Classification"),
            "Regress": (regression_pb2, "Regression"),
            "Predict": (predict_pb2, "Predict"),
            "MultiInference": (inference_pb2, "MultiInference"),
            "GetModelMetadata": (get_model_metadata_pb2, "GetModelMetadata"),
        },
    ),
    "ModelService": (
        "tensorflow_serving/apis/model_service.proto",
        {
            "GetModelStatus": (get_model_status_pb2, "GetModelStatus"),
            "HandleReloadConfigRequest": (model_management_pb2, "ReloadConfig"),
        },
    ),
}


def enable(server: Any) -> None:
    """Add the reflection service to a ``grpc.Server``, for this server's services."""
    pool = descriptor_pool.Default()
    for service in _SERVICES:
        try:
            pool.FindServiceByName(f"{_PACKAGE}.{service}")
        except KeyError:
            pool.AddSerializedFile(_file(service).SerializeToString())
    # Threads of its own: tools keep a stream open as long as their window.
    reflection.ReflectionServicer.ServerReflectionInfo.experimental_thread_pool = (
        futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="reflection")
    )
    names = [f"{_PACKAGE}.{service}" for service in _SERVICES]
    reflection.enable_server_reflection(
        (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )


def _file(service: str) -> Any:
    name, methods = _SERVICES[service]
    file = descriptor_pb2.FileDescriptorProto(name=name, package=_PACKAGE, syntax="proto3")
    file.dependency.extend(sorted({module.DESCRIPTOR.name for module, _ in methods.values()}))
    described = file.service.add(name=service)
    for method, (_, message) in methods.items():
        described.method.add(
            name=method,
            input_type=f".{_PACKAGE}.{message}Request",
            output_type=f".{_PACKAGE}.{message}Response",
        )
    return file
