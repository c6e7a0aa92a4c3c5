"""The models to serve: a ``ModelServerConfig``, from its file or from two flags.

The rules are TensorFlow Serving's own (``ServerCore::ReloadConfig``), so
``tensorflow_model_server`` accepts every file that this server accepts.
"""

from pathlib import Path
from typing import Any

import grpc
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.errors import ServingError, invalid_argument

PLATFORM = "tensorflow"


def single_model(name: str, base_path: str) -> Any:
    """Return the ``ModelServerConfig`` that ``--model_name`` and ``--model_base_path`` describe."""
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
            raise invalid_argument("model_config_list is empty")
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
        raise invalid_argument(f"{path}: cannot be read: {reason}") from None
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as error:
        name = message.DESCRIPTOR.name
        raise invalid_argument(f"{path}: not a text-format {name}: {error}") from None


def check(config: Any) -> None:
    """Reject a configuration that TensorFlow Serving would reject.

    Raises:
        ServingError: INVALID_ARGUMENT, saying which model and why.
    """
    if config.WhichOneof("config") != "model_config_list":
        raise invalid_argument(
            "expected a model_config_list, the only kind of configuration that is supported"
        )
    names = set()
    for model in config.model_config_list.config:
        if not model.name:
            raise invalid_argument("a config entry has no name")
        if model.name in names:
            raise invalid_argument(f"model {model.name} is listed more than once")
        names.add(model.name)
        if not Path(model.base_path).is_absolute():
            raise invalid_argument(
                f"model {model.name} needs an absolute base_path, got {model.base_path!r}"
            )
        if model.model_platform != PLATFORM:
            raise invalid_argument(
                f'model {model.name} needs model_platform: "{PLATFORM}", '
                f"got {model.model_platform!r}"
            )
