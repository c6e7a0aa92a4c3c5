"""A pretrained decoder (Gemma 3), its vocabulary cut down to Korean."""
