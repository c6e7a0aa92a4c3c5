"""``python -m pipeline``: see `pipeline.options` for the options."""

import logging

from pipeline import stopping
from pipeline.command import run

if __name__ == "__main__":
    stopping.listen()
    logging.getLogger().setLevel(logging.CRITICAL)  # what a runner logs is said in our own words
    stopping.leave(run())
