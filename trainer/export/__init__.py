"""Exports a run's best weights as a SavedModel, and checks one."""
