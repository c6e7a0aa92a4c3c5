"""Which models to serve: a ``ModelServerConfig``, from its file or from two flags.

The rules are TensorFlow Serving's own (``ServerCore::ReloadConfig``), so a file that this
server takes is one that ``tensorflow_model_server`` takes.
"""

from pathlib import Path
from typing import Any

import grpc
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.errors import ServingError

PLATFORM = "tensorflow"


def single_model(name: str, base_path: str) -> Any:
    """Return the ``ModelServerConfig`` that ``--model_name --model_base_path`` stand for."""
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(
        name=name, base_path=str(Path(base_path).absolute()), model_platform=PLATFORM
    )
    return config


def read(path: str) -> Any:
    """Read and check a text-format ``ModelServerConfig``.

    Raises:
        ServingError: the file cannot be read, does not parse, or breaks a rule of ``check``.
    """
    config = parse_text_proto(path, model_server_config_pb2.ModelServerConfig())
    try:
        check(config)
        if not config.model_config_list.config:
            raise _invalid("it lists no model")
    except ServingError as error:
        raise ServingError(error.code, f"{path}: {error.message}") from None
    return config


def parse_text_proto(path: str, message: Any) -> Any:
    """Fill ``message`` from the text-format file at ``path`` and return it.

    Raises:
        ServingError: NOT_FOUND or INVALID_ARGUMENT, naming the file and line.
    """
    try:
        text = Path(path).read_text("utf-8")
    except FileNotFoundError:
        raise ServingError(grpc.StatusCode.NOT_FOUND, f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT, f"{path}: cannot be read: {reason}"
        ) from None
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as error:
        name = message.DESCRIPTOR.name
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT, f"{path}: not a text-format {name}: {error}"
        ) from None


def check(config: Any) -> None:
    """Refuse a configuration that TensorFlow Serving would refuse.

    Raises:
        ServingError: INVALID_ARGUMENT, saying which model and why.
    """
    if config.WhichOneof("config") != "model_config_list":
        raise _invalid("expected a model_config_list; no other kind of configuration is supported")
    names = set()
    for model in config.model_config_list.config:
        if not model.name:
            raise _invalid("a config entry has no name")
        if model.name in names:
            raise _invalid(f"model {model.name} is listed more than once")
        names.add(model.name)
        if not Path(model.base_path).is_absolute():
            raise _invalid(
                f"model {model.name} needs an absolute base_path, got {model.base_path!r}"
            )
        if model.model_platform != PLATFORM:
            raise _invalid(
                f'model {model.name} needs model_platform: "{PLATFORM}", '
                f"got {model.model_platform!r}"
            )


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
