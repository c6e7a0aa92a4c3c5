"""``python -m pipeline.worker``: a worker process on this machine, started by `pipeline.runner`.

It is Beam's own, but quiet: what goes wrong in its work it tells the job, and that tells the user.
"""

import contextlib
import logging
import os
import sys

from pipeline import shutdown

if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())  # or else logging adds one for stderr
    shutdown.exit_with_job()
    from apache_beam.runners.worker import sdk_worker_main

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        sdk_worker_main.main(sys.argv)
    os._exit(0)  # whatever threads a library has left
