"""Models and their versions: finds, loads and warms them up, and runs them in batches."""
