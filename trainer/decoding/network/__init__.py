"""The trained network as decoding runs it, in TensorFlow."""
