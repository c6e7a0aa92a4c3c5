"""SavedModel in, gRPC out: TensorFlow Serving, or an embedded server with the same API."""
