"""Prometheus metrics of this process, under TensorFlow Serving's names.

Upstream exports ``/tensorflow/serving/request_count`` to Prometheus as
``:tensorflow:serving:request_count`` (``util/prometheus_exporter.cc``), so one dashboard reads
both servers. Times are wall-clock microseconds. As upstream, metrics belong to the process,
not to a server in it.
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

disable_created_metrics()  # upstream has no _created series
ProcessCollector(registry=_REGISTRY)  # process_resident_memory_bytes and the like


class _PlainCounter(Collector):
    """A counter without the suffix ``_total``, which the library adds and upstream's names lack.

    It is exported as untyped, because the library insists on the suffix for the type counter.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str] = ()):
        self._name = name
        self._counter = Counter(name, documentation, labels, registry=None)
        _REGISTRY.register(self)

    def labels(self, *values: str) -> Counter:
        """Return the counter of one combination of label values."""
        return self._counter.labels(*values)

    def inc(self) -> None:
        """Increment a counter without labels."""
        self._counter.inc()

    def collect(self) -> Iterator[Metric]:
        """Yield the metric, for the registry."""
        for family in self._counter.collect():
            plain = Metric(self._name, family.documentation, "unknown")
            plain.samples = [sample._replace(name=self._name) for sample in family.samples]
            yield plain


def _exponential(scale: float, growth: float, count: int) -> list[float]:
    """Return the bounds of ``monitoring::Buckets::Exponential``; the library adds +Inf."""
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
    "Wall time of successful requests in microseconds.",
    ["model_name", "API", "entrypoint"],
    _LATENCY,
)
runtime_latency = _histogram(
    f"{_PREFIX}:runtime_latency",
    "Wall time in TensorFlow in microseconds, including the wait in a batching queue.",
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
    f"{_BATCHING}:wrapped_run_count", "Runs of a graph for a batch or part of one."
)
processed_batch_size = _histogram(
    f"{_BATCHING}:processed_batch_size",
    "Rows in a batch, padding included.",
    [],
    _exponential(1, 2, 11),
)
padding_size = _histogram(
    f"{_BATCHING}:padding_size", "Rows of padding in a batch.", [], [0, *_exponential(1, 2, 10)]
)
load_attempt_count = _PlainCounter(
    ":tensorflow:cc:saved_model:load_attempt_count",
    "Attempts to load a SavedModel, by outcome.",
    ["model_path", "status"],
)
load_latency = _PlainCounter(
    ":tensorflow:cc:saved_model:load_latency",
    "Time spent loading SavedModels in microseconds, warm-up included.",
    ["model_path"],
)


def exposition() -> bytes:
    """Return all metrics in Prometheus's text exposition format."""
    return generate_latest(_REGISTRY)
