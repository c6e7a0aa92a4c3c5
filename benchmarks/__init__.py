"""Measurements, most beside peers: ``python -m benchmarks.NAME``; see ``results/NAME.md``."""
