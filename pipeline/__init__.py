"""Novels in, TFRecords out: an Apache Beam job."""

import logging

# Beam greets with a warning about a cloud library that is not needed.
logging.getLogger().addFilter(lambda record: "apitools" not in record.getMessage())
