"""``python -m pipeline``: see `pipeline.options` for the options."""

import logging

from pipeline import shutdown
from pipeline.command import run

if __name__ == "__main__":
    shutdown.handle_signals()
    logging.getLogger().setLevel(logging.CRITICAL)  # what a runner logs is said in our own words
    shutdown.exit_process(run())
