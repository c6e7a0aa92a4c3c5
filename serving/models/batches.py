"""Rows of several requests in one run of a graph: put together, filled up, taken apart."""

from collections.abc import Iterable, Mapping, Sequence

import grpc
import numpy as np

from serving.errors import ServingError

Arrays = Mapping[str, np.ndarray]


def batchable(tensors: Iterable[object]) -> bool:
    """Tell whether all of a signature's inputs or outputs have the batch as dimension 0.

    Args:
        tensors: ``TensorInfo``; dimension 0 of each must be of any size.
    """
    shapes = [tensor.tensor_shape for tensor in tensors]  # type: ignore[attr-defined]
    return all(shape.dim and shape.dim[0].size == -1 for shape in shapes)


def merge_inputs(requests: Sequence[Arrays], size: int) -> dict[str, np.ndarray]:
    """Put requests one below the other.

    Args:
        requests: of each, arrays ``[rows, ...]`` by name; the same names and, but for the
            rows, the same shapes in all of them.
        size: rows of the result; what is missing repeats the first row of all, which is a
            valid row of the model.

    Returns:
        Arrays ``[size, ...]`` by name.
    """
    merged = {}
    for name in requests[0]:
        parts = [request[name] for request in requests]
        missing = size - sum(len(part) for part in parts)
        if missing:
            parts.append(np.repeat(parts[0][:1], missing, axis=0))
        merged[name] = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return merged


def split_outputs(outputs: Arrays, rows: Sequence[int], size: int) -> list[dict[str, np.ndarray]]:
    """Take the answer of a batch apart; the rows that filled it up are left out.

    Args:
        outputs: arrays ``[size, ...]`` by name.
        rows: of each request.
        size: rows of the batch.

    Raises:
        ServingError: FAILED_PRECONDITION for an output that has not a row for each row.
    """
    for name, value in outputs.items():
        if np.ndim(value) == 0 or len(value) != size:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"output {name} of shape {list(np.shape(value))} cannot be batched: "
                f"its dimension 0 is not the batch's, {size}",
            )
    ends = np.cumsum(rows)
    return [
        {name: value[end - count : end] for name, value in outputs.items()}
        for end, count in zip(ends, rows, strict=True)
    ]
