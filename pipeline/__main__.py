"""``python -m pipeline``: makes a data set from novels; `pipeline.options` has the options."""

import logging

from pipeline import extras

if __name__ == "__main__":
    with extras.required("pipeline"):
        from pipeline import shutdown
        from pipeline.command import run
    shutdown.handle_signals()
    logging.getLogger().setLevel(logging.CRITICAL)  # errors of a runner get our own messages
    shutdown.exit_process(run())
