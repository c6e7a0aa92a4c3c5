"""Helpers to call an exported model's signatures and to inspect its graph."""

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

K = 10


def options(count, **given):
    row = {
        "prefix": "", "temperature": 1.0, "top_p": 0.9, "diversity": 0.5, "seed": 1, "avoid": "",
    }  # fmt: skip
    types = {"seed": tf.int64, "prefix": tf.string, "avoid": tf.string}
    return {
        name: tf.constant(
            list(value) if isinstance(value, (list, range)) else [value] * count,
            types.get(name, tf.float32),
        )
        for name, value in (row | given).items()
    }


def texts(answer, row=0):
    return [text.decode() for text in answer["candidates"][row].numpy()]


def graph_nodes(export_folder):
    saved = saved_model_pb2.SavedModel.FromString((export_folder / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    return [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
