"""Learns the vocabulary: word segmentation, unigram model, SentencePiece file."""
