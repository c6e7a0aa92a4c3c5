"""What a server needs of a SavedModel's graph that ``tf.saved_model.save`` does not write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CALLS = ("PartitionedCall", "StatefulPartitionedCall")


def settle(path: Path) -> None:
    """Rewrite a ``saved_model.pb`` of :mod:`trainer.signatures` for servers.

    What signatures call is written out (:func:`write_out`); ``serving_default`` becomes
    ``suggest`` itself, so that one graph is prepared and warmed up, not two; the tokenizer is
    made on the CPU, for there is no other kernel; and equal constants of a function become one.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (meta,) = saved.meta_graphs
    write_out(meta)
    meta.signature_def["serving_default"].CopyFrom(meta.signature_def["suggest"])
    graph = meta.graph_def
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op == "SentencepieceOp":
                node.device = "/device:CPU:0"
    for function in graph.library.function:
        merge_constants(function)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def write_out(meta: Any) -> None:
    """Replace calls of functions that do nothing but call others by those other calls.

    A signature is one call, so that all of it is computed for whoever asks for any of it. Of
    several calls a session runs those that are asked for.

    One call waits for the other through a node between them. A server makes one graph of all
    calls (which is much faster to prepare than functions), but none of a call with side effects,
    such as a refusal, for which nothing waits; what waits for its answers does not count.

    Args:
        meta: ``MetaGraphDef``, changed in place.
    """
    graph = meta.graph_def
    library = {function.signature.name: function for function in graph.library.function}
    for name, signature in meta.signature_def.items():
        if name.startswith("__"):  # what prepares the model
            continue
        for output in signature.outputs.values():
            while step := _step_into(graph, library, output.name):
                output.name = step


def _step_into(graph: Any, library: dict[str, Any], tensor: str) -> str:
    """The tensor that a call only hands on, of a call written into the graph; "" if it is none."""
    nodes = {node.name: node for node in graph.node}
    name, _, place = tensor.partition(":")
    call = nodes[name]
    body = library.get(call.attr["f"].func.name)
    if body is None or {node.op for node in body.node_def} - {*CALLS, "Identity", "NoOp"}:
        return ""
    inside = {node.name: node for node in body.node_def}
    given = dict(zip((arg.name for arg in body.signature.input_arg), call.input, strict=False))

    def outside(source: str) -> str:
        """A function's ``argument`` or ``node:output:place`` as a graph's ``node:place``."""
        node, _, rest = source.partition(":")
        if node in given:
            return given[node]
        if inside[node].op == "Identity":
            return outside(inside[node].input[0])
        return f"{name}/{node}:{rest.rpartition(':')[2]}"

    last = ""
    for node in body.node_def:
        if node.op not in CALLS:
            continue
        copy = type(node).FromString(node.SerializeToString())
        copy.name = f"{name}/{node.name}"
        del copy.input[:]
        copy.input.extend(outside(source) for source in node.input if source[0] != "^")
        if copy.name not in nodes:
            if last:
                done = graph.node.add(name=f"{last}/done", op="NoOp", input=[f"^{last}"])
                copy.input.append(f"^{done.name}")
            graph.node.append(copy)
        last = copy.name
    result = body.signature.output_arg[int(place or 0)].name
    return outside(body.ret[result])


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
