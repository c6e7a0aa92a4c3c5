"""Files for TensorFlow Serving itself: they parse as its messages and agree with each other."""

import http.server
import json
import re
import subprocess
import sys
import threading

import pytest
import yaml
from google.protobuf import text_format

from serving.__main__ import main
from serving.config import (
    batching_parameters,
    config_messages,
    model_config,
    monitoring_config,
    ssl_config,
)
from serving.errors import ServingError
from tests.conftest import ROOT

FOLDER = ROOT / "serving" / "deploy"
VERSION = "2.20.0"


@pytest.fixture(scope="module")
def entry_point() -> dict[str, str]:
    """The flags in the Dockerfile's entry point."""
    text = (FOLDER / "Dockerfile").read_text().replace("\\\n", "")
    (array,) = re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.M)
    command, *flags = json.loads(array)
    assert command == "/usr/bin/tensorflow_model_server"
    return dict(flag.removeprefix("--").split("=", 1) for flag in flags)


@pytest.fixture(scope="module")
def service() -> dict:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["serving"]


def test_image_is_the_stock_one_of_the_tested_version():
    text = (FOLDER / "Dockerfile").read_text()
    assert re.findall(r"^ARG IMAGE=(.*)$", text, re.M) == [f"tensorflow/serving:{VERSION}-gpu"]
    assert re.findall(r"^FROM (.*)$", text, re.M) == ["${IMAGE}"]
    constraints = (ROOT / "constraints.txt").read_text()
    assert f"tensorflow-serving-api=={VERSION}\n" in constraints
    assert f"\ntensorflow=={VERSION}\n" in constraints


def test_entry_point_names_files_of_the_image(entry_point):
    text = (FOLDER / "Dockerfile").read_text()
    (copied,) = re.findall(r"^COPY (.*) /config/$", text, re.M)
    for name in copied.split():
        assert (FOLDER / name).is_file()
    used = {v.removeprefix("/config/") for v in entry_point.values() if v.startswith("/config/")}
    assert used == set(copied.split())


def test_models_config(entry_point):
    config = model_config.read(str(FOLDER / "models.config"))
    (model,) = config.model_config_list.config
    assert model.name == "soseol"
    assert model.base_path == "/models/soseol"
    assert model.model_version_policy.latest.num_versions == 2
    assert entry_point["allow_version_labels_for_unavailable_models"] == "true"


def test_labels_in_the_comment_of_models_config_parse():
    """The canary example, uncommented in place of the policy."""
    lines = (FOLDER / "models.config").read_text().splitlines()
    lines = [line for line in lines if not line.strip().startswith("model_version_policy")]
    text = "\n".join(re.sub(r"^ +#   ", "", line) for line in lines)
    config = text_format.Parse(text, model_config.single_model("x", "/x").__class__())
    (model,) = config.model_config_list.config
    assert list(model.model_version_policy.specific.versions) == [1, 2]
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}


def test_batching_parameters():
    parameters = batching_parameters.read(str(FOLDER / "batching_parameters.txt"))
    assert parameters.allowed_batch_sizes == (1, 2, 4, 8, 16)
    assert 0 < parameters.batch_timeout_micros <= 50_000


def test_monitoring_config():
    path = monitoring_config.metrics_path(str(FOLDER / "monitoring.config"))
    assert path == monitoring_config.DEFAULT_PATH


def test_ssl_example_parses_but_for_its_contents():
    assert ssl_config.server_credentials(str(FOLDER / "ssl.example.config")) is not None
    with pytest.raises(ServingError):
        ssl_config.server_credentials(str(FOLDER / "models.config"))


def test_compose_file_by_its_schema():
    """compose-spec's own JSON schema, as check-jsonschema ships it."""
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [sys.executable, "-m", *command, str(FOLDER / "compose.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_compose(service, entry_point):
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert service["image"] == f"soseol-serving:{VERSION}"
    targets = {volume["target"]: volume for volume in service["volumes"]}
    assert set(targets) == {"/models/soseol", "/config"}
    assert all(volume["read_only"] for volume in targets.values())
    ports = {port.rsplit(":", 1)[1] for port in service["ports"]}
    assert ports == {entry_point["port"], entry_point["rest_api_port"]}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize(("state", "code"), [("AVAILABLE", 0), ("LOADING", 1), (None, 1)])
def test_health_check_command(service, entry_point, state, code):
    """The compose file's own command, run against TensorFlow Serving's response."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/v1/models/soseol" else 404)
            self.end_headers()
            status = {"version": "1", "state": state}
            self.wfile.write(json.dumps({"model_version_status": [status]}).encode())

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kind, *command = service["healthcheck"]["test"]
        assert kind == "CMD"
        if state is None:
            server.shutdown()
            server.server_close()
        command[-1] = command[-1].replace(f"/{entry_point['rest_api_port']} ", f"/{port} ")
        done = subprocess.run(command, capture_output=True, timeout=10, check=False)
        server.shutdown()
    assert done.returncode == code


@pytest.mark.usefixtures("keep_signals")
def test_embedded_server_takes_the_same_model_flags(entry_point, capsys):
    """It fails only at the base path, which exists in the container alone."""
    ours = ["model_config_file_poll_wait_seconds", "file_system_poll_wait_seconds", "port"]
    ours += ["allow_version_labels_for_unavailable_models"]
    flags = [f"--{name}={entry_point[name]}" for name in ours]
    code = main([*flags, "--port=0", f"--model_config_file={FOLDER / 'models.config'}"])
    assert code == 1
    assert "/models/soseol" in capsys.readouterr().err


def test_documented_ssl_command(tmp_path):
    """docs/serving.md's shell function writes what the server reads."""
    text = (ROOT / "docs" / "serving.md").read_text()
    (function,) = re.findall(r"^pem\(\) .*$", text, re.M)
    (write,) = re.findall(r"^\(umask 077; .*$", text, re.M)
    (more,) = re.findall(r"^\{ pem custom_ca .*$", text, re.M)
    pem = "-----BEGIN X-----\nabc+/=\ndef\n-----END X-----\n"
    for name in ["server.key", "server.crt", "ca.crt"]:
        (tmp_path / name).write_text(pem)
    script = "\n".join([function, write, more])
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True)
    file = tmp_path / "ssl.config"
    assert file.stat().st_mode & 0o077 == 0
    message = config_messages.new("SSLConfig")
    text_format.Parse(file.read_text(), message)
    assert message.server_key == message.server_cert == message.custom_ca == pem
    assert message.client_verify
    assert ssl_config.server_credentials(str(file)) is not None
