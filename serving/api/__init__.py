"""The APIs: the gRPC services, and HTTP for model status and metrics."""
