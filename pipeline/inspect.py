"""``python -m pipeline.inspect DATA``: verifies a data set and shows passages of it as text."""

import sys

from pipeline import extras

if __name__ == "__main__":
    with extras.required("pipeline.inspect"):
        from pipeline.inspection import run
    sys.exit(run())
