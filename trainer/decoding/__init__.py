"""Decoding in the TensorFlow graph: from a story to candidates for its next sentence."""
