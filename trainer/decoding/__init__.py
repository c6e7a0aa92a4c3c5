"""Decoding in the TensorFlow graph: from a story so far to its next sentences."""
