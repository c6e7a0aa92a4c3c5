"""Measurements beside peers; ``python -m benchmarks.NAME``, results in ``results/NAME.md``."""
