"""A training run: optimisation, checkpoints, evaluation and reports."""
