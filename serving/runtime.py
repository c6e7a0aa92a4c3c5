"""TensorFlow, imported once the command line is known to be right: it takes ten seconds."""

import logging
import os
from typing import Any


def start(intra_op_parallelism: int, inter_op_parallelism: int) -> Any:
    """Import TensorFlow and the custom operations that models here use.

    Args:
        intra_op_parallelism: threads for one operation; 0: TensorFlow chooses.
        inter_op_parallelism: operations run side by side; 0: TensorFlow chooses.

    Returns:
        The ``tf.compat.v1.ConfigProto`` for every session.
    """
    if "TF_CPP_MIN_LOG_LEVEL" not in os.environ:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # 2 still reports a missing GPU as an error
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    import tensorflow as tf
    import tensorflow_text  # noqa: F401 registers the operations

    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=intra_op_parallelism,
        inter_op_parallelism_threads=inter_op_parallelism,
    )
    _optimize_briefly(config.graph_options.rewrite_options)
    return config


def _optimize_briefly(options: Any) -> None:
    """Ask the graph's optimizer (Grappler) for one round of what helps.

    Its second round, the round in MLIR before both and the search for memory to save take more
    than half of the time in which a version loads, and no request is faster for them; nor for
    the passes for convolutions, biases and Keras' recurrent layers, which no graph here has.

    Args:
        options: ``RewriterConfig``, changed in place.
    """
    options.meta_optimizer_iterations = options.ONE
    options.disable_tfg_optimizer = True
    options.memory_optimization = options.NO_MEM_OPT
    options.layout_optimizer = options.OFF
    options.remapping = options.OFF
    options.implementation_selector = options.OFF
