"""A training run: optimisation, checkpoints, evaluation and its report."""
