"""The services that answer: gRPC, and HTTP for health and metrics."""
