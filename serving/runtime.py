"""TensorFlow, imported only after the command line has been checked: it takes ten seconds."""

import logging
import os
from typing import Any


def start(intra_op_parallelism: int, inter_op_parallelism: int) -> Any:
    """Import TensorFlow and the custom operations that Soseol's models use.

    Args:
        intra_op_parallelism: threads for one operation; 0 lets TensorFlow choose.
        inter_op_parallelism: operations that run in parallel; 0 lets TensorFlow choose.

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
    _limit_graph_optimization(config.graph_options.rewrite_options)
    return config


def _limit_graph_optimization(options: Any) -> None:
    """Restrict the graph optimizer (Grappler) to one round of the passes that help.

    The second round, the MLIR round that precedes both and the memory optimizer take more than
    half of a version's loading time, and no request is faster for them. The passes for
    convolutions, biases and Keras' recurrent layers find nothing to do in these graphs.

    Args:
        options: ``RewriterConfig``, changed in place.
    """
    options.meta_optimizer_iterations = options.ONE
    options.disable_tfg_optimizer = True
    options.memory_optimization = options.NO_MEM_OPT
    options.layout_optimizer = options.OFF
    options.remapping = options.OFF
    options.implementation_selector = options.OFF
