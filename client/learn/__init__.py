"""Learns ranking weights from the candidates that a writer chose."""
