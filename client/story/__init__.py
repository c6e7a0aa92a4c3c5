"""The story on disk: its text file, its journal and its history."""
