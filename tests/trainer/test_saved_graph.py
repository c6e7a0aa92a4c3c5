"""Constants of a function that are equal become one, and nothing else changes."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

from tests.trainer.asking import graph_nodes
from trainer.check import SAVED_MODEL
from trainer.saved_graph import merge_constants


class Repeats(tf.Module):
    """Has equal constants: as inputs, before others, and as an answer."""

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.float32)])
    def ask(self, x):
        first, second = tf.constant([7, 8]), tf.constant([7, 8])
        third = tf.constant([7.0, 8.0])  # the same text, another type
        with tf.control_dependencies([first, second]):
            total = tf.reduce_sum(x) + 1.0
        (total,) = tf.while_loop(
            lambda value: value < 20.0, lambda value: (value + 1.0 + 1.0,), (total,)
        )
        return {"total": total, "answer": second, "other": third, "sum": first + second}


@pytest.fixture
def folder(tmp_path):
    module = Repeats()
    tf.saved_model.save(module, str(tmp_path), signatures={"ask": module.ask})
    return tmp_path


def test_the_answer_stays_and_equal_constants_go(folder):
    x = tf.constant([1.0, 2.0])
    before = tf.saved_model.load(str(folder)).signatures["ask"](x=x)
    path = folder / SAVED_MODEL
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for function in saved.meta_graphs[0].graph_def.library.function:
        merge_constants(function)
    path.write_bytes(saved.SerializeToString())
    after = tf.saved_model.load(str(folder)).signatures["ask"](x=x)
    assert set(before) == set(after)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])
    assert float(after["total"]) == 20.0
    pairs = [
        tuple(tf.make_ndarray(node.attr["value"].tensor))
        for node in graph_nodes(folder)
        if node.op == "Const" and node.attr["value"].tensor.tensor_shape.dim
        if node.attr["dtype"].type in (types_pb2.DT_INT32, types_pb2.DT_FLOAT)
    ]
    assert sorted(pair for pair in pairs if pair == (7, 8)) == [(7, 8), (7.0, 8.0)]


def test_an_exported_model_has_no_equal_constants_in_a_function(export_folder):
    saved = saved_model_pb2.SavedModel.FromString((export_folder / SAVED_MODEL).read_bytes())
    seen = 0
    for function in saved.meta_graphs[0].graph_def.library.function:
        values = [
            (node.device, tuple(node.input), node.attr["value"].SerializeToString())
            for node in function.node_def
            if node.op == "Const"
        ]
        seen += len(values)
        assert len(set(values)) == len(values), function.signature.name
    assert seen > 100
