"""Novels in, TFRecords out: an Apache Beam job."""
