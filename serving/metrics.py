"""Figures about this process for Prometheus, under TensorFlow Serving's own names.

Upstream's ``/tensorflow/serving/request_count`` is ``:tensorflow:serving:request_count`` for
Prometheus (``util/prometheus_exporter.cc``), so one dashboard reads both servers. Times are in
microseconds of wall clock. As upstream they belong to the process, not to one server in it.
"""

from collections.abc import Iterator, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_REGISTRY = CollectorRegistry()
_PREFIX = ":tensorflow:serving"
_BATCHING = f"{_PREFIX}:batching_session"

disable_created_metrics()  # upstream has no such series
ProcessCollector(registry=_REGISTRY)  # process_resident_memory_bytes and the like


class _PlainCounter(Collector):
    """A counter without the ``_total`` that the library appends and upstream's names lack.

    Its type is told as untyped, because the library knows no counter of another name.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str] = ()):
        self._name = name
        self._counter = Counter(name, documentation, labels, registry=None)
        _REGISTRY.register(self)

    def labels(self, *values: str) -> Counter:
        """Return the count of one combination of label values."""
        return self._counter.labels(*values)

    def inc(self) -> None:
        """Add one to a counter without labels."""
        self._counter.inc()

    def collect(self) -> Iterator[Metric]:
        """Yield the counts, for the registry."""
        for family in self._counter.collect():
            plain = Metric(self._name, family.documentation, "unknown")
            plain.samples = [sample._replace(name=self._name) for sample in family.samples]
            yield plain


def _exponential(scale: float, growth: float, count: int) -> list[float]:
    """Return the limits of ``monitoring::Buckets::Exponential``; +Inf follows by itself."""
    return [scale * growth**power for power in range(count)]


def _histogram(
    name: str, documentation: str, labels: Sequence[str], buckets: Sequence[float]
) -> Histogram:
    return Histogram(name, documentation, labels, buckets=buckets, registry=_REGISTRY)


_LATENCY = _exponential(10, 1.8, 33)  # 10 µs to about 25 minutes

request_count = _PlainCounter(
    f"{_PREFIX}:request_count", "The total number of requests.", ["model_name", "status"]
)
request_latency = _histogram(
    f"{_PREFIX}:request_latency",
    "Wall time of answered requests in microseconds.",
    ["model_name", "API", "entrypoint"],
    _LATENCY,
)
runtime_latency = _histogram(
    f"{_PREFIX}:runtime_latency",
    "Wall time in TensorFlow in microseconds, waiting in a batching queue included.",
    ["model_name", "API", "runtime"],
    _LATENCY,
)
queuing_latency = _histogram(
    f"{_BATCHING}:queuing_latency",
    "Wall time in a batching queue in microseconds.",
    ["thread_pool_name"],
    _exponential(100, 1.2, 52),
)
wrapped_run_count = _PlainCounter(
    f"{_BATCHING}:wrapped_run_count", "Runs of a graph for one batch or for a part of one."
)
processed_batch_size = _histogram(
    f"{_BATCHING}:processed_batch_size",
    "Rows of a batch with its padding.",
    [],
    _exponential(1, 2, 11),
)
padding_size = _histogram(
    f"{_BATCHING}:padding_size", "Rows added to a batch.", [], [0, *_exponential(1, 2, 10)]
)
load_attempt_count = _PlainCounter(
    ":tensorflow:cc:saved_model:load_attempt_count",
    "Loads of SavedModels that succeeded or failed.",
    ["model_path", "status"],
)
load_latency = _PlainCounter(
    ":tensorflow:cc:saved_model:load_latency",
    "Microseconds that loads of SavedModels took, warm-up included.",
    ["model_path"],
)


def exposition() -> bytes:
    """Return all figures in Prometheus's text format."""
    return generate_latest(_REGISTRY)
