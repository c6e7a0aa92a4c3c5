"""A co-writing session: actions in, events out, independent of terminal and page."""
