"""Models and their versions: find, load, warm up, run in batches."""
