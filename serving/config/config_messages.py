"""Messages of TensorFlow Serving's configuration files that tensorflow-serving-api lacks.

Fields are declared as upstream declares them (``ssl_config.proto`` and
``monitoring_config.proto`` in ``tensorflow_serving/config/``, ``session_bundle_config.proto``
in ``tensorflow_serving/servables/tensorflow/``). Only names and types matter: the files are in
text format, which has no field numbers.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

_PACKAGE = "tensorflow.serving"
_INT64, _STRING = ".google.protobuf.Int64Value", ".google.protobuf.StringValue"
_BOOL = ".google.protobuf.BoolValue"

_MESSAGES = {
    "SSLConfig": {
        "server_key": "string",
        "server_cert": "string",
        "custom_ca": "string",
        "client_verify": "bool",
    },
    "PrometheusConfig": {"enable": "bool", "path": "string"},
    "MonitoringConfig": {"prometheus_config": f".{_PACKAGE}.PrometheusConfig"},
    "BatchingParameters": {
        "max_batch_size": _INT64,
        "batch_timeout_micros": _INT64,
        "max_enqueued_batches": _INT64,
        "num_batch_threads": _INT64,
        "thread_pool_name": _STRING,
        "allowed_batch_sizes": "repeated int64",
        "pad_variable_length_inputs": "bool",
        "enable_large_batch_splitting": _BOOL,
        "max_execution_batch_size": _INT64,
    },
}


def new(name: str) -> Any:
    """Return an empty message: SSLConfig, MonitoringConfig or BatchingParameters."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))()


def _file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="serving/config/config_messages.proto", package=_PACKAGE, syntax="proto3"
    )
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field_name, kind) in enumerate(fields.items(), start=1):
            _add_field(message, number, field_name, kind)
    return file


def _add_field(message: Any, number: int, name: str, kind: str) -> None:
    field = descriptor_pb2.FieldDescriptorProto
    repeated, _, type_name = kind.rpartition(" ")
    added = message.field.add(
        name=name, number=number, label=field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    )
    if type_name.startswith("."):
        added.type, added.type_name = field.TYPE_MESSAGE, type_name
    else:
        added.type = getattr(field, f"TYPE_{type_name.upper()}")
