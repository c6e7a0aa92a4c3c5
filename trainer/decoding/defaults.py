"""How freely the trainer samples unless a request says otherwise: as the client does.

Free of TensorFlow, so that any command can import it.
"""

SAMPLING_DEFAULTS = {"temperature": 0.8, "top_p": 0.9, "diversity": 0.5}
