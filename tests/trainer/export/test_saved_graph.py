"""Graphs are rewritten for servers: calls inlined, equal constants merged, results unchanged."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

from tests.trainer.asking import graph_nodes
from trainer.export.saved_graph import inline_calls, merge_constants
from trainer.export.versions import SAVED_MODEL


class Repeats(tf.Module):
    """Has equal constants: as inputs, as control inputs, and as an output."""

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.float32)])
    def ask(self, x):
        first, second = tf.constant([7, 8]), tf.constant([7, 8])
        third = tf.constant([7.0, 8.0])  # equal in value, but of another type
        with tf.control_dependencies([first, second]):
            total = tf.reduce_sum(x) + 1.0
        (total,) = tf.while_loop(
            lambda value: value < 20.0, lambda value: (value + 1.0 + 1.0,), (total,)
        )
        return {"total": total, "answer": second, "other": third, "sum": first + second}


class Steps(tf.Module):
    """Computes by two calls, of which the second needs the first and may fail."""

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.float32)])
    def ask(self, x):
        first = tf.function(lambda x: (x + 1.0, x * 2.0), autograph=False)
        second = tf.function(self.halves, autograph=False)
        more, twice = first(x)
        return {"more": more, "twice": twice, "halves": second(twice)}

    def halves(self, x):
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(x < 100.0), [x])]):
            return x / 2.0


@pytest.fixture
def folder(tmp_path):
    module = Repeats()
    tf.saved_model.save(module, str(tmp_path), signatures={"ask": module.ask})
    return tmp_path


def test_merging_constants_keeps_the_result(folder):
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


def test_only_what_is_fetched_is_computed(tmp_path):
    module = Steps()
    tf.saved_model.save(module, str(tmp_path), signatures={"ask": module.ask})
    path = tmp_path / SAVED_MODEL
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    inline_calls(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path))
        signature = meta.signature_def["ask"]

        def ask(x, *names):
            asked = {name: signature.outputs[name].name for name in names}
            return session.run(asked, {signature.inputs["x"].name: [x]})

        assert ask(3.0, "more", "twice", "halves") == {"more": 4, "twice": 6, "halves": 3}
        assert ask(3.0, "halves") == {"halves": 3}
        assert ask(300.0, "more", "twice") == {"more": 301, "twice": 600}
        with pytest.raises(tf.errors.InvalidArgumentError):
            ask(300.0, "more", "halves")
    again = tf.saved_model.load(str(tmp_path)).signatures["ask"](x=tf.constant([3.0]))
    assert {name: float(value[0]) for name, value in again.items()} == {
        "more": 4, "twice": 6, "halves": 3,
    }  # fmt: skip


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
