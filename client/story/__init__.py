"""A story on disk: its text, its journal, and the history that the journal records."""
