"""What a server needs of a SavedModel's graph that ``tf.saved_model.save`` does not write."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def settle(path: Path) -> None:
    """Rewrite a ``saved_model.pb`` of :mod:`trainer.signatures` for servers.

    ``serving_default`` becomes ``suggest`` itself, so that one graph is prepared and warmed up,
    not two; the tokenizer is made on the CPU, for there is no other kernel; and equal constants
    of a function become one.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (meta,) = saved.meta_graphs
    meta.signature_def["serving_default"].CopyFrom(meta.signature_def["suggest"])
    graph = meta.graph_def
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op == "SentencepieceOp":
                node.device = "/device:CPU:0"
    for function in graph.library.function:
        merge_constants(function)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def merge_constants(function: Any) -> None:
    """Keep one of equal constants in a ``FunctionDef``.

    A traced function has a constant for every shape, axis and bound that its Python code names,
    two nodes of five. A server copies the graph for every pass of its optimizer and every
    signature, so the time until it answers goes with the number of nodes.
    """
    same: dict[bytes, str] = {}
    kept: dict[str, str] = {}
    nodes = []
    for node in function.node_def:
        if node.op == "Const":
            key = _value(node)
            if key in same:
                kept[node.name] = same[key]
                continue
            same[key] = node.name
        nodes.append(type(node).FromString(node.SerializeToString()))
    del function.node_def[:]
    function.node_def.extend(nodes)
    for node in function.node_def:
        inputs = dict.fromkeys(_renamed(name, kept) for name in node.input if name[0] == "^")
        data = [_renamed(name, kept) for name in node.input if name[0] != "^"]
        del node.input[:]
        node.input.extend([*data, *inputs])  # a control input may stand only once
    for results in (function.ret, function.control_ret):
        for key, name in results.items():
            results[key] = _renamed(name, kept)


def _value(node: Any) -> bytes:
    """All that makes a constant what it is: equal bytes for equal ones."""
    bare = type(node)(op=node.op, device=node.device, input=node.input)
    for name in ("dtype", "value"):
        bare.attr[name].CopyFrom(node.attr[name])
    data: bytes = bare.SerializeToString(deterministic=True)
    return data


def _renamed(name: str, kept: dict[str, str]) -> str:
    """``node``, ``node:output:0`` or ``^node`` with the node that is kept in its place."""
    control = "^" if name[0] == "^" else ""
    node, colon, rest = name.removeprefix("^").partition(":")
    return control + kept.get(node, node) + colon + rest
