"""The version of Soseol, for setup.py, model cards and data sets."""

__version__ = "0.2.0"
