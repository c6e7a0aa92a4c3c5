"""Metrics and model status over HTTP, at TensorFlow Serving's paths."""

import json
import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving import metrics
from serving.api.http_server import HttpServer
from serving.config import monitoring_config
from serving.config.batching_parameters import BatchingParameters
from serving.errors import ServingError
from serving.models.batch_scheduler import BatchScheduler

METRICS = "/monitoring/prometheus/metrics"
STABLE = 'version_labels { key: "stable" value: 1 }'


@pytest.fixture(scope="module")
def served(serving, config_of, saved_model, tmp_path_factory):
    """A gRPC client, and a function that gets a path over HTTP."""
    base_path = tmp_path_factory.mktemp("models")
    (base_path / "1").symlink_to(saved_model)
    batch_scheduler = BatchScheduler(BatchingParameters(num_batch_threads=1))
    config = config_of(("soseol", base_path, STABLE))
    with serving(config, labels=True, batch_scheduler=batch_scheduler) as (client, manager):
        http = HttpServer("127.0.0.1", 0, manager, METRICS)

        def get(path: str):
            with urllib.request.urlopen(
                f"http://127.0.0.1:{http.port}{path}", timeout=20
            ) as answer:
                return answer.headers["Content-Type"], answer.read().decode()

        get.port = http.port
        yield client, get
        http.stop()
    batch_scheduler.close()


def _samples(text: str) -> dict[tuple, float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_and_timed_under_upstreams_names(served, refusal):
    client, get = served
    before = _samples(get(METRICS)[1])
    for _ in range(3):
        client.predict(story=["가", "나"])
    refusal(client.predict, story=[1.0])
    refusal(client.predict, model="sosul", story=["가"])
    refusal(client.predict, model="another", story=["가"])
    kind, text = get(METRICS)
    assert kind.startswith("text/plain")
    after = _samples(text)

    def grown(name, **labels):
        key = (f":tensorflow:serving:{name}", *sorted(labels.items()))
        return after[key] - before.get(key, 0)

    assert grown("request_count", model_name="soseol", status="OK") == 3
    assert grown("request_count", model_name="soseol", status="INVALID_ARGUMENT") == 1
    assert grown("request_count", model_name="", status="NOT_FOUND") == 2
    assert "sosul" not in text, "made-up names take no memory"
    how = {"model_name": "soseol", "API": "Predict"}
    assert grown("request_latency_count", entrypoint="GRPC", **how) == 3
    micros = grown("request_latency_sum", entrypoint="GRPC", **how)
    inside = grown("runtime_latency_sum", runtime="TF1", **how)
    assert 0 < inside <= micros < 60e6
    assert grown("request_latency_bucket", entrypoint="GRPC", le="+Inf", **how) == 3
    assert grown("batching_session:wrapped_run_count") == 3
    assert grown("batching_session:processed_batch_size_sum") == 6
    assert grown("batching_session:queuing_latency_count", thread_pool_name="batch_threads") == 3
    loads = [key for key in after if key[0] == ":tensorflow:cc:saved_model:load_attempt_count"]
    assert ("status", "success") in loads[-1]
    assert after[("process_resident_memory_bytes",)] > 1e8


def test_no_series_that_upstream_does_not_have():
    assert b"_created" not in metrics.exposition()
    assert b"_total" not in metrics.exposition().replace(b"process_cpu_seconds_total", b"")


@pytest.mark.parametrize("where", ["", "/versions/1", "/labels/stable"])
def test_model_status(served, where):
    _, get = served
    kind, text = get(f"/v1/models/soseol{where}")
    assert kind == "application/json"
    status = {"error_code": "OK", "error_message": ""}
    version = {"version": "1", "state": "AVAILABLE", "status": status}
    assert json.loads(text) == {"model_version_status": [version]}


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/v1/models/sosul", 404, "Could not find any versions of model sosul"),
        ("/v1/models/soseol/versions/7", 404, "version 7"),
        ("/v1/models/soseol/versions/x", 400, "x is not a version number"),
        ("/v1/models/soseol/versions/99999999999999999999", 400, "not a version number"),
        ("/v1/models/soseol/labels/canary", 400, "Unrecognized servable version label: canary"),
        ("/v1/models/soseol:predict", 404, "Malformed request"),
        ("/metrics", 404, "Malformed request"),
        ("/", 404, "Malformed request"),
    ],
)
def test_other_paths(served, path, code, words):
    _, get = served
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(path)
    assert caught.value.code == code
    assert words in json.loads(caught.value.read())["error"]


@pytest.mark.parametrize(
    ("method", "words"), [("POST", "predicts over gRPC only"), ("PATCH", "PATCH")]
)
def test_other_methods_are_refused_in_json(served, method, words):
    """Users of TensorFlow Serving's REST API learn that predictions use gRPC."""
    url = f"http://127.0.0.1:{served[1].port}/v1/models/soseol:predict"
    request = urllib.request.Request(url, data=b'{"instances": []}', method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == 501
    assert words in json.loads(refused.value.read())["error"]


def test_bytes_that_are_no_http(served):
    _, get = served
    port = int(get.__closure__[0].cell_contents.port)
    for noise in [
        b"\x00\xff\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"GET /" * 50_000,
    ]:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(noise)
    assert get("/v1/models/soseol")


def test_a_port_that_is_taken(served):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServingError) as caught:
        HttpServer("127.0.0.1", taken.getsockname()[1], None, "")
    assert "Address already in use" in caught.value.message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", METRICS),
        ('prometheus_config { enable: true path: "/metrics" }', "/metrics"),
        ('prometheus_config { enable: false path: "/metrics" }', ""),
        ("", ""),
    ],
)
def test_monitoring_config(tmp_path, text, path):
    file = tmp_path / "monitoring.config"
    file.write_text(text)
    assert monitoring_config.metrics_path(str(file)) == path
    assert monitoring_config.metrics_path("") == ""


def test_wrong_monitoring_config(tmp_path):
    file = tmp_path / "monitoring.config"
    file.write_text("prometheus { enable: true }")
    with pytest.raises(ServingError, match="MonitoringConfig"):
        monitoring_config.metrics_path(str(file))
