"""Rewrites the graph of a SavedModel so that servers load and run it faster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CALLS = ("PartitionedCall", "StatefulPartitionedCall")


def prepare_for_serving(path: Path) -> None:
    """Rewrite a ``saved_model.pb`` of :mod:`trainer.signatures`, in place.

    Nested calls of signatures are inlined (:func:`inline_calls`); ``serving_default`` becomes
    the very graph of ``suggest``, so that one graph is initialised and warmed up, not two; the
    tokenizer is placed on the CPU, where its only kernel is; equal constants of a function are
    merged.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (meta,) = saved.meta_graphs
    inline_calls(meta)
    meta.signature_def["serving_default"].CopyFrom(meta.signature_def["suggest"])
    graph = meta.graph_def
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op == "SentencepieceOp":
                node.device = "/device:CPU:0"
    for function in graph.library.function:
        merge_constants(function)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def inline_calls(meta: Any) -> None:
    """Replace each call of a function that only calls others by those other calls.

    A signature is saved as one call, so a session computes all its outputs whichever are
    fetched. Of several calls it runs only those that are needed.

    A call waits for the one before it through a control edge from a node between them. A server
    inlines calls into one graph, which starts much faster than functions, but not a call with
    side effects, such as an assertion, unless some control edge starts from it; data edges do not
    count.

    Args:
        meta: ``MetaGraphDef``, changed in place.
    """
    graph = meta.graph_def
    library = {function.signature.name: function for function in graph.library.function}
    for name, signature in meta.signature_def.items():
        if name.startswith("__"):  # the initialiser
            continue
        for output in signature.outputs.values():
            while inlined := _inline_call(graph, library, output.name):
                output.name = inlined


def _inline_call(graph: Any, library: dict[str, Any], tensor: str) -> str:
    """Inline the call that makes ``tensor``; returns the tensor's new name.

    It is "" if ``tensor`` is not the output of a function that only calls others.
    """
    nodes = {node.name: node for node in graph.node}
    name, _, place = tensor.partition(":")
    call = nodes[name]
    body = library.get(call.attr["f"].func.name)
    if body is None or {node.op for node in body.node_def} - {*CALLS, "Identity", "NoOp"}:
        return ""
    inside = {node.name: node for node in body.node_def}
    arguments = dict(zip((arg.name for arg in body.signature.input_arg), call.input, strict=False))

    def outside(source: str) -> str:
        """From a function's ``argument`` or ``node:output:place`` to a graph's ``node:place``."""
        node, _, rest = source.partition(":")
        if node in arguments:
            return arguments[node]
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
    """Merge equal constants of a ``FunctionDef``, in place.

    A traced function has a constant for every shape, axis and bound in its Python code: two of
    every five nodes. A server copies the graph for every optimizer pass and every signature, so
    the number of nodes decides how long it takes to start.
    """
    first: dict[bytes, str] = {}
    merged: dict[str, str] = {}
    nodes = []
    for node in function.node_def:
        if node.op == "Const":
            key = _value(node)
            if key in first:
                merged[node.name] = first[key]
                continue
            first[key] = node.name
        nodes.append(type(node).FromString(node.SerializeToString()))
    del function.node_def[:]
    function.node_def.extend(nodes)
    for node in function.node_def:
        inputs = dict.fromkeys(_renamed(name, merged) for name in node.input if name[0] == "^")
        data = [_renamed(name, merged) for name in node.input if name[0] != "^"]
        del node.input[:]
        node.input.extend([*data, *inputs])  # control inputs must be unique
    for results in (function.ret, function.control_ret):
        for key, name in results.items():
            results[key] = _renamed(name, merged)


def _value(node: Any) -> bytes:
    """Serialise a constant without its name."""
    bare = type(node)(op=node.op, device=node.device, input=node.input)
    for name in ("dtype", "value"):
        bare.attr[name].CopyFrom(node.attr[name])
    data: bytes = bare.SerializeToString(deterministic=True)
    return data


def _renamed(name: str, merged: dict[str, str]) -> str:
    """``node``, ``node:output:0`` or ``^node`` after merging."""
    control = "^" if name[0] == "^" else ""
    node, colon, rest = name.removeprefix("^").partition(":")
    return control + merged.get(node, node) + colon + rest
