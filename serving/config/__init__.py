"""Command-line flags and TensorFlow Serving's configuration files."""
