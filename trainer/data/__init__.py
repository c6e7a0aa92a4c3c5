"""From a data set's TFRecords to packed rows of passages."""
