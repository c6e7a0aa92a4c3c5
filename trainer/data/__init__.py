"""From a data set's TFRecords to batches of packed rows."""
