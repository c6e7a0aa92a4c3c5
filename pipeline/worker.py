"""``python -m pipeline.worker``: a Beam worker process on this machine (see `pipeline.runner`).

Unlike Beam's own it prints nothing: it reports errors to the job, which shows them to the user.
"""

import contextlib
import logging
import os
import sys

from pipeline import shutdown

if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())  # or logging adds one for stderr
    shutdown.exit_with_job()
    from apache_beam.runners.worker import sdk_worker_main

    with open(os.devnull, "w") as devnull, contextlib.redirect_stderr(devnull):
        sdk_worker_main.main(sys.argv)
    os._exit(0)  # does not wait for threads of libraries
