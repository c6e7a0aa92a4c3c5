"""A co-writing session: commands in, events out, independent of terminal and page."""
