"""Batching settings from a text-format ``BatchingParameters`` file.

Names, defaults and rules are those of TensorFlow Serving (``session_bundle_config.proto`` and
``SharedBatchScheduler``), so it accepts every file that this server accepts.
"""

import os
from dataclasses import dataclass, field
from typing import Any

from serving.config import config_messages
from serving.config.model_config import parse_text_proto
from serving.errors import invalid_argument

_MINIMUM = {
    "max_batch_size": 1,
    "batch_timeout_micros": 0,
    "max_enqueued_batches": 1,
    "num_batch_threads": 1,
}


@dataclass(frozen=True)
class BatchingParameters:
    """How large batches are, and how many may run and wait; the defaults are upstream's.

    Attributes:
        max_batch_size: rows in a batch, and in a request.
        batch_timeout_micros: how long the first request waits for others, in microseconds.
        max_enqueued_batches: batches that may wait; further requests are rejected.
        num_batch_threads: batches that run at once.
        allowed_batch_sizes: a batch is padded to the next of these sizes; empty for no padding.
        thread_pool_name: label of the queuing latency.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    allowed_batch_sizes: tuple[int, ...] = ()
    thread_pool_name: str = "batch_threads"


def read(path: str) -> BatchingParameters:
    """Read a file; an empty path returns the defaults.

    Raises:
        ServingError: NOT_FOUND or INVALID_ARGUMENT, saying what is wrong with it.
    """
    if not path:
        return BatchingParameters()
    config = parse_text_proto(path, config_messages.new("BatchingParameters"))
    values: dict[str, Any] = {}
    for name, minimum in _MINIMUM.items():
        if config.HasField(name):
            values[name] = getattr(config, name).value
            if values[name] < minimum:
                raise invalid_argument(
                    f"{path}: {name} must be at least {minimum}, got {values[name]}"
                )
    if config.HasField("thread_pool_name"):
        values["thread_pool_name"] = config.thread_pool_name.value
    for name in ("enable_large_batch_splitting", "max_execution_batch_size"):
        if config.HasField(name):
            raise invalid_argument(
                f"{path}: {name} is not supported by this server: remove it, and send at most "
                "max_batch_size rows in a request"
            )
    if config.pad_variable_length_inputs:
        raise invalid_argument(
            f"{path}: pad_variable_length_inputs is not supported by this server: remove it"
        )
    parameters = BatchingParameters(allowed_batch_sizes=tuple(config.allowed_batch_sizes), **values)
    _check_sizes(path, parameters)
    return parameters


def _check_sizes(path: str, parameters: BatchingParameters) -> None:
    sizes = parameters.allowed_batch_sizes
    if not sizes:
        return
    if list(sizes) != sorted(set(sizes)) or sizes[0] < 1:
        raise invalid_argument(
            f"{path}: allowed_batch_sizes must increase, starting at 1 or more, got {sizes}"
        )
    if sizes[-1] != parameters.max_batch_size:
        raise invalid_argument(
            f"{path}: the last of allowed_batch_sizes must be max_batch_size, "
            f"{parameters.max_batch_size}, got {sizes[-1]}"
        )
