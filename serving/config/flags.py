"""Command line of the embedded server: the flags of ``tensorflow_model_server`` it supports."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from serving.config.limits import MAX_MESSAGE_BYTES, Limits

_DESCRIPTION = """\
Serve SavedModels over TensorFlow Serving's gRPC API from one Python process.
The flags are those of tensorflow_model_server, so to move to TensorFlow
Serving, replace the command (docs/serving.md lists the differences)."""

_INT32_MAX = 2**31 - 1  # TensorFlow's thread counts and gRPC's arguments are int32
MAX_BATCHING_THREADS = 64  # default limit on the threads in which callers wait for a batch


@dataclass(frozen=True)
class Flags:
    """The command line; the names are those of ``tensorflow_model_server``'s flags."""

    host: str
    port: int
    model_name: str
    model_base_path: str
    model_config_file: str
    model_config_file_poll_wait_seconds: int
    allow_version_labels_for_unavailable_models: bool
    file_system_poll_wait_seconds: int
    enable_model_warmup: bool
    enable_batching: bool
    batching_parameters_file: str
    rest_api_port: int
    monitoring_config_file: str
    ssl_config_file: str
    grpc_channel_arguments: dict[str, int | str]
    grpc_max_threads: int | None
    max_request_rows: int
    max_story_bytes: int
    tensorflow_intra_op_parallelism: int
    tensorflow_inter_op_parallelism: int


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"serving: {message} (see python -m serving --help)", file=sys.stderr)
        raise SystemExit(2)


def parse(argv: Sequence[str] | None = None) -> Flags:
    """Parse the command line.

    Raises:
        SystemExit: 2 for a wrong command line, after one line on stderr; 0 after ``--help``.
    """
    parser = _build_parser()
    namespace = parser.parse_args(argv)
    if namespace.model_base_path and namespace.model_config_file:
        parser.error(
            "--model_base_path and --model_config_file exclude each other: "
            "give one, or put the base path in the configuration file"
        )
    if not namespace.model_base_path and not namespace.model_config_file:
        parser.error("nothing to serve: give --model_base_path or --model_config_file")
    if namespace.model_name == "":
        parser.error("--model_name is empty")
    if namespace.model_name is not None and namespace.model_config_file:
        parser.error("--model_name cannot be used with --model_config_file, which names the models")
    if namespace.model_config_file_poll_wait_seconds and not namespace.model_config_file:
        parser.error("--model_config_file_poll_wait_seconds needs --model_config_file")
    if namespace.batching_parameters_file and not namespace.enable_batching:
        parser.error("--batching_parameters_file needs --enable_batching")
    if namespace.monitoring_config_file and not namespace.rest_api_port:
        parser.error("--monitoring_config_file needs --rest_api_port")
    if namespace.rest_api_port and namespace.rest_api_port == namespace.port:
        parser.error("--rest_api_port and --port must differ")
    namespace.model_name = namespace.model_name or "soseol"
    return Flags(**vars(namespace))


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m serving",
        description=_DESCRIPTION,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_models(parser.add_argument_group("models"))
    _add_network(parser.add_argument_group("network"))
    _add_execution(parser.add_argument_group("execution"))
    return parser


def _add_models(group: Any) -> None:
    add = group.add_argument
    add("--model_name", metavar="NAME", help="name of the model in requests (default: soseol)")
    add(
        "--model_base_path",
        default="",
        metavar="FOLDER",
        help="folder whose subfolders 1, 2, … are versions of the model",
    )
    add(
        "--model_config_file",
        default="",
        metavar="FILE",
        help="text-format ModelServerConfig: models, version policies, version labels",
    )
    _add_number(
        group,
        "--model_config_file_poll_wait_seconds",
        0,
        "check that file for changes every N seconds; 0: never (default: 0)",
        most=_INT32_MAX,
    )
    _add_boolean(
        group,
        "--allow_version_labels_for_unavailable_models",
        False,
        "allow a new label on a version that is not loaded yet, as all labels are at start "
        "(default: false)",
    )
    _add_number(
        group,
        "--file_system_poll_wait_seconds",
        1,
        "check for new versions every N seconds; 0: only at start (default: 1)",
        most=_INT32_MAX,
    )
    _add_boolean(
        group,
        "--enable_model_warmup",
        True,
        "run a version's warm-up requests before serving it (default: true)",
    )


def _add_network(group: Any) -> None:
    add = group.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0: all, as tensorflow_model_server does "
        "(default: 127.0.0.1, this machine only)",
    )
    _add_number(group, "--port", 8500, "gRPC port; 0: any free port (default: 8500)", most=65_535)
    _add_number(
        group,
        "--rest_api_port",
        0,
        "HTTP port for metrics and model status; 0: none (default: 0)",
        most=65_535,
    )
    add(
        "--monitoring_config_file",
        default="",
        metavar="FILE",
        help="text-format MonitoringConfig: Prometheus metrics on --rest_api_port",
    )
    add(
        "--ssl_config_file",
        default="",
        metavar="FILE",
        help="text-format SSLConfig with key and certificate as PEM text: serve gRPC over TLS",
    )
    add(
        "--grpc_channel_arguments",
        type=_channel_arguments,
        default={},
        metavar="NAME=VALUE,…",
        help="gRPC channel arguments, such as grpc.max_connection_age_ms=600000 or "
        f"grpc.max_receive_message_length=4194304 (default of the latter: {MAX_MESSAGE_BYTES})",
    )


def _add_execution(group: Any) -> None:
    add = group.add_argument
    _add_boolean(
        group,
        "--enable_batching",
        False,
        "run requests of several callers together as one batch (default: false)",
    )
    add(
        "--batching_parameters_file",
        default="",
        metavar="FILE",
        help="text-format BatchingParameters for --enable_batching",
    )
    _add_number(
        group,
        "--grpc_max_threads",
        None,
        "calls to run at once; others wait (default: 4 per core; with batching, at least as "
        f"many as two batches have rows, or {MAX_BATCHING_THREADS} if that is less)",
        least=1,
    )
    _add_number(
        group,
        "--tensorflow_intra_op_parallelism",
        1,
        "threads for one operation; 0: TensorFlow chooses (default: 1, because the matrix "
        "products of decoding are too small to split)",
        most=_INT32_MAX,
    )
    _add_number(
        group,
        "--tensorflow_inter_op_parallelism",
        0,
        "operations to run in parallel; 0: TensorFlow chooses (default: 0)",
        most=_INT32_MAX,
    )
    _add_number(
        group,
        "--max_request_rows",
        Limits.request_rows,
        "maximum rows in a request (default: %(default)s; not in tensorflow_model_server)",
        least=1,
    )
    _add_number(
        group,
        "--max_story_bytes",
        Limits.story_bytes,
        "maximum bytes in one string of a request (default: %(default)s; not in "
        "tensorflow_model_server)",
        least=1,
    )


def _add_boolean(group: Any, name: str, default: bool, help_text: str) -> None:
    group.add_argument(
        name,
        type=_boolean,
        nargs="?",
        const=True,
        default=default,
        metavar="BOOL",
        help=help_text,
    )


def _add_number(
    group: Any,
    name: str,
    default: int | None,
    help_text: str,
    least: int = 0,
    most: int | None = None,
) -> None:
    group.add_argument(
        name, type=whole_number(least, most), default=default, metavar="N", help=help_text
    )


def _boolean(text: str) -> bool:
    values = {"true": True, "1": True, "false": False, "0": False}
    try:
        return values[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false") from None


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return an argparse ``type`` that accepts whole numbers in a range, ends included."""
    bounds = f"of {least} or more" if most is None else f"from {least} to {most}"

    def parse_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {bounds}")
        return value

    return parse_number


def _channel_arguments(text: str) -> dict[str, int | str]:
    """Parse ``name=value,name=value``; values that are whole numbers become ``int``."""
    arguments: dict[str, int | str] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not name or not equals:
            raise argparse.ArgumentTypeError(f"{part!r} is not NAME=VALUE")
        try:
            number = int(value)
        except ValueError:
            arguments[name] = value
            continue
        if abs(number) > _INT32_MAX:
            raise argparse.ArgumentTypeError(f"{part!r}: the number is above {_INT32_MAX}")
        arguments[name] = number
    return arguments
