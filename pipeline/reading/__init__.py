"""Reads files of any supported format into works: lines of normalised text."""
