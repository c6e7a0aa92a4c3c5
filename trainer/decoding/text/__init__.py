"""Text to tokens and back, inside the graph."""
