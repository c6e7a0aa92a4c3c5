"""Turns novels into a data set of TFRecords: an Apache Beam job."""

import logging

# Beam warns about a missing cloud library that most jobs do not need.
logging.getLogger().addFilter(lambda record: "apitools" not in record.getMessage())
