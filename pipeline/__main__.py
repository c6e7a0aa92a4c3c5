"""``python -m pipeline``: see `pipeline.options` for the options."""

import logging
import signal
import sys

# Beam greets with a warning about a cloud library that is not needed.
logging.getLogger().addFilter(lambda record: "apitools" not in record.getMessage())

from pipeline.command import run  # noqa: E402

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up like Ctrl-C
    sys.exit(run())
