"""Models and their versions: found, loaded, warmed up, run in batches."""
