"""Flags and the configuration files of TensorFlow Serving."""
