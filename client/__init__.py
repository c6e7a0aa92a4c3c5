"""Writes a story with a writer: asks a server for candidates, ranks them, keeps the story."""
