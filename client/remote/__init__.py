"""The model server, over gRPC."""
