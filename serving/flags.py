"""Command line of the embedded server: the flags of ``tensorflow_model_server`` that it honours."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

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
    ssl_config_file: str
    grpc_max_threads: int
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
    namespace.model_name = namespace.model_name or "soseol"
    return Flags(**vars(namespace))


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m serving",
        description=_DESCRIPTION,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    models = parser.add_argument_group("models")
    models.add_argument(
        "--model_name", help="name that requests ask for (default: soseol)", metavar="NAME"
    )
    models.add_argument(
        "--model_base_path",
        default="",
        metavar="FOLDER",
        help="folder whose sub-folders 1, 2, … are versions of the model",
    )
    models.add_argument(
        "--model_config_file",
        default="",
        metavar="FILE",
        help="text-format ModelServerConfig: several models, version policies, labels",
    )
    models.add_argument(
        "--model_config_file_poll_wait_seconds",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="look for changes of that file every N seconds (default: 0, never)",
    )
    models.add_argument(
        "--allow_version_labels_for_unavailable_models",
        type=_boolean,
        nargs="?",
        const=True,
        default=False,
        metavar="BOOL",
        help="let a new label name a version that is not loaded yet, as at start (default: false)",
    )
    models.add_argument(
        "--file_system_poll_wait_seconds",
        type=_at_least(0),
        default=1,
        metavar="N",
        help="look for new versions every N seconds; 0: only at start (default: 1)",
    )
    models.add_argument(
        "--enable_model_warmup",
        type=_boolean,
        nargs="?",
        const=True,
        default=True,
        metavar="BOOL",
        help="run a version's recorded requests before it serves (default: true)",
    )
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine only; "
        "tensorflow_model_server listens on 0.0.0.0)",
    )
    add(
        "--port",
        type=_at_least(0, 65_535),
        default=8500,
        metavar="N",
        help="gRPC port; 0: any free one (default: 8500)",
    )
    add(
        "--ssl_config_file",
        default="",
        metavar="FILE",
        help="text-format SSLConfig with PEM contents: serve over TLS",
    )
    add(
        "--grpc_max_threads",
        type=_at_least(1),
        default=4 * (os.cpu_count() or 1),
        metavar="N",
        help="calls worked on at once; further ones wait (default: 4 a core)",
    )
    add(
        "--tensorflow_intra_op_parallelism",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="threads for one operation (default: 0, TensorFlow chooses)",
    )
    add(
        "--tensorflow_inter_op_parallelism",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="operations run side by side (default: 0, TensorFlow chooses)",
    )
    return parser


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
