"""Batches: merges the rows of several requests, pads them, and splits the outputs."""

from collections.abc import Iterable, Mapping, Sequence

import grpc
import numpy as np

from serving.errors import ServingError

Arrays = Mapping[str, np.ndarray]


def batchable(tensors: Iterable[object]) -> bool:
    """Return whether dimension 0 of every tensor is the batch.

    Args:
        tensors: ``TensorInfo``; dimension 0 of each must have no fixed size.
    """
    shapes = [tensor.tensor_shape for tensor in tensors]  # type: ignore[attr-defined]
    return all(shape.dim and shape.dim[0].size == -1 for shape in shapes)


def merge_inputs(requests: Sequence[Arrays], size: int) -> dict[str, np.ndarray]:
    """Concatenate requests along dimension 0.

    Args:
        requests: arrays ``[rows, ...]`` by name for each request, with the same names and,
            except for dimension 0, the same shapes.
        size: rows of the result; padding repeats the very first row, which is certainly valid
            for the model.

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
    """Split the outputs of a batch by request, without the padding.

    Args:
        outputs: arrays ``[size, ...]`` by name.
        rows: of each request.
        size: rows of the batch, padding included.

    Raises:
        ServingError: FAILED_PRECONDITION for an output whose dimension 0 is not the batch.
    """
    for name, value in outputs.items():
        if np.ndim(value) == 0 or len(value) != size:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"output {name} of shape {list(np.shape(value))} cannot be batched: "
                f"dimension 0 must have the batch's size, {size}",
            )
    ends = np.cumsum(rows)
    return [
        {name: value[end - count : end] for name, value in outputs.items()}
        for end, count in zip(ends, rows, strict=True)
    ]
