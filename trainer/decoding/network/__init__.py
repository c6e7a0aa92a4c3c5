"""The story model at inference, in TensorFlow."""
