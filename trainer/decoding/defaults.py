"""Sampling defaults of the trainer's own samples and report card: those of the client.

Free of TensorFlow, so that any command can import it.
"""

SAMPLING_DEFAULTS = {"temperature": 0.8, "top_p": 0.9, "diversity": 0.5}
