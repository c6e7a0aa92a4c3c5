"""Splits paragraphs into sentences, and long sentences into parts."""
