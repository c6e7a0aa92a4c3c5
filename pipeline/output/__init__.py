"""Encodes passages, and writes, publishes and verifies data sets."""
