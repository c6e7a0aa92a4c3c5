"""TFRecords in, SavedModel out: a Keras Transformer with a memory of sentences."""
