"""A run's best weights as a SavedModel, and its check."""
