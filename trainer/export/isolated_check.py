"""Loads a SavedModel as a server does that has only TensorFlow and tensorflow-text.

``python -m trainer.export --check`` runs this file in a process of its own; it imports nothing
from this project. It reads warm-up requests from standard input, one JSON object per line: the
signature, and its inputs as base64 of ``TensorProto``. It writes its findings to standard output
as JSON, or an error to standard error as one line, with exit code 1.
"""

import base64
import json
import os
import sys
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

SAMPLES = {"string": "바람이 불었다.", "float32": 0.5, "int64": 1}
ROWS = 2


def main(folder: str) -> dict[str, object]:
    """Run all signatures and warm-up requests; returns what was found.

    Raises:
        ValueError: the model does not work.
    """
    import tensorflow as tf
    from tensorflow.core.framework import tensor_pb2
    from tensorflow.core.protobuf import saved_model_pb2
    from tensorflow.python.framework import op_def_registry

    with open(os.path.join(folder, "saved_model.pb"), "rb") as file:
        saved = saved_model_pb2.SavedModel.FromString(file.read())
    (graph,) = (meta.graph_def for meta in saved.meta_graphs)
    functions = {function.signature.name for function in graph.library.function}
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    ops = {node.op for node in nodes} - functions
    text_ops = {op for op in ops if op_def_registry.get(op) is None}

    import tensorflow_text  # noqa: F401 registers its ops

    for op in text_ops:
        if op_def_registry.get(op) is None:
            raise ValueError(f"op {op} is in neither TensorFlow nor tensorflow-text")
    model = tf.saved_model.load(folder)
    for name, function in model.signatures.items():
        specs = function.structured_input_signature[1]
        inputs = {key: _sample(tf, spec) for key, spec in specs.items()}
        _run(tf, name, function, inputs)
    count = 0
    for count, line in enumerate(sys.stdin, 1):
        record = json.loads(line)
        tensors = {
            key: tf.constant(
                tf.make_ndarray(tensor_pb2.TensorProto.FromString(base64.b64decode(value)))
            )
            for key, value in record["inputs"].items()
        }
        if record["signature"] not in model.signatures:
            raise ValueError(f"warm-up record {count}: no signature {record['signature']!r}")
        _run(tf, f"warm-up record {count}", model.signatures[record["signature"]], tensors)
    return {
        "signatures": sorted(model.signatures),
        "warmup_records": count,
        "ops": sorted(ops - text_ops),
        "text_ops": sorted(text_ops),
    }


def _sample(tf: Any, spec: Any) -> Any:
    """A tensor that fits an input's spec."""
    shape = [ROWS if size is None else size for size in spec.shape]
    if not shape or spec.dtype.name not in SAMPLES:
        raise ValueError(f"input {spec.name} is {spec.dtype.name} {list(spec.shape)}")
    return tf.fill(shape, tf.constant(SAMPLES[spec.dtype.name], spec.dtype))


def _run(tf: Any, name: str, function: Any, inputs: dict[str, Any]) -> None:
    """Call a signature; its outputs must have the batch's rows and finite numbers only."""
    rows = {int(value.shape[0]) for value in inputs.values()}
    for key, value in function(**inputs).items():
        if not value.shape or {int(value.shape[0])} != rows:
            raise ValueError(f"{name}: output {key} has shape {value.shape} for {rows} rows")
        if value.dtype.is_floating and not bool(tf.reduce_all(tf.math.is_finite(value))):
            raise ValueError(f"{name}: output {key} has numbers that are not finite")


if __name__ == "__main__":
    try:
        found = main(sys.argv[1])
    except Exception as error:  # whatever a damaged model makes TensorFlow raise
        print((str(error).strip() or type(error).__name__).splitlines()[0], file=sys.stderr)
        sys.exit(1)
    print(json.dumps(found))
