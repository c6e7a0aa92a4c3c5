"""Command line of the embedded server: the flags of ``tensorflow_model_server`` that it honours."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from serving.config.limits import Limits

_DESCRIPTION = """\
Serve SavedModels over TensorFlow Serving's gRPC API from one Python process.
The flags have the names and meaning they have in tensorflow_model_server,
so moving to the real server means replacing the command (docs/serving.md)."""


@dataclass(frozen=True)
class Flags:
    """What the operator asked for; ``tensorflow_model_server`` documents each name."""

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
    """Read the command line.

    Raises:
        SystemExit: 2 for bad usage, after one line on stderr; 0 after ``--help``.
    """
    parser = _build_parser()
    namespace = parser.parse_args(argv)
    if namespace.model_base_path and namespace.model_config_file:
        parser.error(
            "--model_base_path and --model_config_file exclude each other: "
            "give one, or write the base path into the configuration file"
        )
    if not namespace.model_base_path and not namespace.model_config_file:
        parser.error("nothing to serve: give --model_base_path or --model_config_file")
    if namespace.model_name == "":
        parser.error("--model_name is empty")
    if namespace.model_name is not None and namespace.model_config_file:
        parser.error("--model_name goes with --model_base_path; --model_config_file has its own")
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
    _add_work(parser.add_argument_group("work"))
    return parser


def _add_models(group: Any) -> None:
    add = group.add_argument
    add("--model_name", metavar="NAME", help="name that requests ask for (default: soseol)")
    add(
        "--model_base_path",
        default="",
        metavar="FOLDER",
        help="folder whose sub-folders 1, 2, … are versions of the model",
    )
    add(
        "--model_config_file",
        default="",
        metavar="FILE",
        help="text-format ModelServerConfig: several models, version policies, labels",
    )
    _add_number(
        group,
        "--model_config_file_poll_wait_seconds",
        0,
        "look for changes of that file every N seconds (default: 0, never)",
    )
    _add_switch(
        group,
        "--allow_version_labels_for_unavailable_models",
        False,
        "let a new label name a version that is not loaded yet, as at start (default: false)",
    )
    _add_number(
        group,
        "--file_system_poll_wait_seconds",
        1,
        "look for new versions every N seconds; 0: only at start (default: 1)",
    )
    _add_switch(
        group,
        "--enable_model_warmup",
        True,
        "run a version's recorded requests before it serves (default: true)",
    )


def _add_network(group: Any) -> None:
    add = group.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine only; "
        "tensorflow_model_server listens on 0.0.0.0)",
    )
    _add_number(group, "--port", 8500, "gRPC port; 0: any free one (default: 8500)", most=65_535)
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
        help="text-format MonitoringConfig: metrics for Prometheus on the HTTP port",
    )
    add(
        "--ssl_config_file",
        default="",
        metavar="FILE",
        help="text-format SSLConfig with PEM contents: serve gRPC over TLS",
    )
    add(
        "--grpc_channel_arguments",
        type=_channel_arguments,
        default={},
        metavar="NAME=VALUE,…",
        help="gRPC's own settings, such as grpc.max_connection_age_ms=600000 or "
        "grpc.max_receive_message_length=4194304 (default here: 64 MiB)",
    )


def _add_work(group: Any) -> None:
    add = group.add_argument
    _add_switch(
        group,
        "--enable_batching",
        False,
        "let requests of several callers share a run of the model (default: false)",
    )
    add(
        "--batching_parameters_file",
        default="",
        metavar="FILE",
        help="text-format BatchingParameters, for --enable_batching",
    )
    _add_number(
        group,
        "--grpc_max_threads",
        None,
        "calls worked on at once; further ones wait (default: 4 a core; with batching at "
        "least two batches of one-row requests)",
        least=1,
    )
    _add_number(
        group,
        "--tensorflow_intra_op_parallelism",
        1,
        "threads for one operation; 0: TensorFlow chooses (default: 1, the products of decoding "
        "are too small to share out)",
    )
    _add_number(
        group,
        "--tensorflow_inter_op_parallelism",
        0,
        "operations run side by side (default: 0, TensorFlow chooses)",
    )
    _add_number(
        group,
        "--max_request_rows",
        Limits.request_rows,
        "rows that a request may have (default: %(default)s; not in tensorflow_model_server)",
        least=1,
    )
    _add_number(
        group,
        "--max_story_bytes",
        Limits.story_bytes,
        "bytes that a string of a request may have (default: 4 MiB; not in "
        "tensorflow_model_server)",
        least=1,
    )


def _add_switch(group: Any, name: str, default: bool, explanation: str) -> None:
    group.add_argument(
        name,
        type=_boolean,
        nargs="?",
        const=True,
        default=default,
        metavar="BOOL",
        help=explanation,
    )


def _add_number(
    group: Any,
    name: str,
    default: int | None,
    explanation: str,
    least: int = 0,
    most: int | None = None,
) -> None:
    group.add_argument(
        name, type=_at_least(least, most), default=default, metavar="N", help=explanation
    )


def _boolean(text: str) -> bool:
    values = {"true": True, "1": True, "false": False, "0": False}
    try:
        return values[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false") from None


def _at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    bounds = f"{least} to {most}" if most else f"{least} or more"

    def integer(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{value} is out of range: {bounds}")
        return value

    return integer


def _channel_arguments(text: str) -> dict[str, int | str]:
    """Parse ``name=value,name=value``; a value that is a whole number is one."""
    arguments: dict[str, int | str] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not name or not equals:
            raise argparse.ArgumentTypeError(f"{part!r} is not NAME=VALUE")
        try:
            arguments[name] = int(value)
        except ValueError:
            arguments[name] = value
    return arguments
