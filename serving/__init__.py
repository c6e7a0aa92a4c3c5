"""Serves SavedModels over gRPC: an embedded server with TensorFlow Serving's API."""
