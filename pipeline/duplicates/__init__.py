"""Removes duplicates: of whole works and of passages."""
