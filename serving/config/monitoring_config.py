"""Where Prometheus scrapes metrics, from a text-format ``MonitoringConfig``."""

from serving.config import config_messages
from serving.config.model_config import parse_text_proto

DEFAULT_PATH = "/monitoring/prometheus/metrics"  # PrometheusExporter::kPrometheusPath


def metrics_path(path: str) -> str:
    """Return the URL path of the metrics that a configuration file sets.

    Args:
        path: of the ``MonitoringConfig``; empty for none.

    Returns:
        Empty if metrics are not enabled.

    Raises:
        ServingError: the file cannot be read or does not parse.
    """
    if not path:
        return ""
    config = parse_text_proto(path, config_messages.new("MonitoringConfig")).prometheus_config
    return (config.path or DEFAULT_PATH) if config.enable else ""
