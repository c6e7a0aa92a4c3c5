"""The story model: encoder, sentence memory, decoder and pointer, in Keras."""
