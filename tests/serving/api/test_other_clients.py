"""Third-party TensorFlow Serving clients from PyPI against this server.

They need an older protobuf than the server, so they live in an environment of their own.
"""

import json
import re
import subprocess
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ["min-tfs-client==1.0.2", "ovmsclient==2023.1", "protobuf==3.20.3"]
STORY = "눈이 내렸다.\n그는 문을 열었다."

MIN_TFS_CLIENT = """
import json, sys
import numpy as np
from min_tfs_client.requests import TensorServingClient
from min_tfs_client.tensors import tensor_proto_to_ndarray

client = TensorServingClient(host="127.0.0.1", port=int(sys.argv[1]))
inputs = {"story": np.array([sys.argv[2]])}
response = client.predict_request(model_name="soseol", input_dict=inputs, timeout=60)
# (Its own conversion of strings supports only ASCII.)
numbers = ["log_probs", "token_counts", "embeddings"]
found = {name: tensor_proto_to_ndarray(response.outputs[name]) for name in numbers}
pinned = client.predict_request("soseol", inputs, timeout=60, model_version=1)
print(json.dumps({
    "version": [response.model_spec.version.value, pinned.model_spec.version.value],
    "shapes": {name: list(value.shape) for name, value in found.items()},
    "first": response.outputs["candidates"].string_val[0].decode(),
}))
"""

OVMSCLIENT = """
import json, sys
import ovmsclient

client = ovmsclient.make_grpc_client("127.0.0.1:" + sys.argv[1])
# Without a version it requests version 0, which only OpenVINO's server takes for the latest.
metadata = client.get_model_metadata("soseol", 1)
status = client.get_model_status("soseol", 1)
found = client.predict({"story": [sys.argv[2].encode()]}, "soseol", 1)
try:
    client.predict({"story": [1.0]}, "soseol", 1)
    refusal = None
except Exception as error:
    refusal = [type(error).__name__, str(error)]
print(json.dumps({
    "inputs": {name: value["dtype"] for name, value in metadata["inputs"].items()},
    "status": {version: value["state"] for version, value in status.items()},
    "shapes": {name: list(value.shape) for name, value in found.items()},
    "first": found["candidates"].reshape(-1)[0].decode(),
    "refusal": refusal,
}))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def their_python(tmp_path_factory) -> Path:
    """A virtual environment with the clients, and their dependencies as in constraints.txt."""
    folder = tmp_path_factory.mktemp("clients")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pins = re.findall(
        r"(?m)^(?:grpcio|numpy|requests)==.*$", (ROOT / "constraints.txt").read_text()
    )
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *PACKAGES, *pins],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"pip cannot install {', '.join(PACKAGES)} here: {done.stderr[-300:]}")
    return python


@pytest.fixture
def ask(their_python, run_server, base_path):
    """Run one of the programs against a new server, and return its output."""
    flags = ["--model_name=soseol", f"--model_base_path={base_path}", "--port=0"]
    process = run_server(*flags, "--enable_batching")

    def run(program: str) -> dict:
        done = subprocess.run(
            [their_python, "-c", program, str(process.port), STORY],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


SHAPES = {
    "candidates": [1, 10],
    "log_probs": [1, 10],
    "token_counts": [1, 10],
    "embeddings": [1, 10, 8],
}


def test_min_tfs_client(ask):
    answer = ask(MIN_TFS_CLIENT)
    assert answer["version"] == [1, 1]
    assert answer["shapes"] == {name: SHAPES[name] for name in answer["shapes"]}
    assert answer["first"] == STORY + "0"


def test_ovmsclient(ask):
    answer = ask(OVMSCLIENT)
    assert answer["inputs"] == {"story": "DT_STRING"}
    assert answer["status"] == {"1": "AVAILABLE"}
    assert answer["shapes"] == SHAPES
    assert answer["first"] == STORY + "0"
    kind, text = answer["refusal"]
    assert kind == "InvalidInputError"
    assert "input story must be string [?], got float [1]" in text
