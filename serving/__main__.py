"""``python -m serving``: runs the server, or reports a missing package in one line."""

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server and return its exit code; see ``serving.main``.

    Returns:
        1 as well if a package of the extra ``serving`` is missing (one line on stderr says so).
    """
    try:
        from serving.main import run

        return run(argv)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "serving"):
            raise
        print(f"serving: {_how_to_install(package)}", file=sys.stderr)
        return 1


def _how_to_install(package: str) -> str:
    if sys.platform == "win32":
        return (
            f"{package} is not installed; the server needs WSL or a container, because "
            "tensorflow-text has no Windows wheels (docs/serving.md)"
        )
    return (
        f'{package} is not installed; install it with: pip install -c constraints.txt ".[serving]"'
    )


if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its errors come back as exceptions
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A call that outlived the grace period must not keep the process: do not join its thread.
    os._exit(code)
