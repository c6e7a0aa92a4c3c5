"""Shared by the trainer's commands: quiet TensorFlow, one-line errors, exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable

from trainer.configuration import TrainerError

OWN_PACKAGES = ("pipeline", "trainer", "serving", "client", "benchmarks")
# Which extra of setup.py brings a module; "trainer" brings all others.
EXTRAS = {
    **dict.fromkeys(("kiwipiepy", "pydivsufsort"), "report"),
    **dict.fromkeys(("keras_hub", "gguf", "safetensors"), "foundation"),
    "jax": "dev",
}


def run_command(main: Callable[[], int]) -> int:
    """Run a command and return its exit code.

    Returns:
        0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    # TensorFlow reports a missing GPU as an error, at every start.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
    try:
        return main()
    except TrainerError as error:
        _print_error(str(error))
        return error.exit_code
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in OWN_PACKAGES:
            raise
        extra = EXTRAS.get(package, "trainer")
        _print_error(
            f"{package} is not installed; install it with: "
            f'pip install -c constraints.txt ".[{extra}]"'
        )
        return 1
    except KeyboardInterrupt:
        _print_error("interrupted; run the same command again to resume")
        return 130


def _print_error(text: str) -> None:
    print(f"trainer: {text}", file=sys.stderr)
