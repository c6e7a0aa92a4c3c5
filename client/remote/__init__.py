"""The client of the model server, over gRPC."""
