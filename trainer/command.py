"""What every command of the trainer shares: quiet TensorFlow, errors for people, exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable

from trainer.configuration import TrainerError


def run_command(main: Callable[[], int]) -> int:
    """Run a command line; its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # TensorFlow reports a missing GPU as an error, at every start.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
    try:
        return main()
    except TrainerError as error:
        print(f"trainer: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(
            "trainer: interrupted; start the same command again to go on",
            file=sys.stderr,
        )
        return 130
