"""Text processing in the graph: normalising, tokenising, and the filter against copies."""
