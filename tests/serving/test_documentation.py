"""docs/serving.md: its canary section, run in a shell, and the flags and files it names."""

import os
import re
import shutil
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")

# Training and export have their own tests; this exporter copies a small model.
PYTHON = """#!/bin/bash
if [ "$2" = trainer.export ]; then
  version=$(( $(ls models 2>/dev/null | sort -n | tail -1) + 1 ))
  mkdir -p models && cp -r "$MODEL" models/.beside && mv models/.beside "models/$version"
else
  exec "$INTERPRETER" "$@"
fi
"""
BEFORE = "set -eum\ntrap 'kill %1 2>/dev/null || true' EXIT\n"


def _free_ports(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="the page's commands need curl")
def test_canary_and_rollback(tmp_path, saved_model):
    section = re.split(r"(?m)^## ", PAGE.split("## Canary releases and rollback")[1])[0]
    blocks = re.findall(r"(?s)```sh\n(.*?)```", section)
    assert len(blocks) == 6
    script = BEFORE + "\n".join(blocks)
    grpc_port, http_port = _free_ports(2)
    script = script.replace("8501", http_port).replace("localhost:8500", f"localhost:{grpc_port}")
    script = script.replace("python -m serving ", f"python -m serving --port={grpc_port} ")
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "python"
    shim.write_text(PYTHON)
    shim.chmod(0o755)
    environment = os.environ | {
        "MODEL": str(saved_model),
        "INTERPRETER": sys.executable,
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["timeout", "300", "bash", "-c", script],  # by SIGTERM, so that bash ends the server too
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = re.findall(r"(?m)^(\w+ is version \d)$", done.stdout)
    promised = re.findall(r"(?m)^python ask.py \w+ +# (.*)$", section)
    assert answers == promised
    assert len(answers) == 5
    assert "Traceback" not in done.stderr
    assert (tmp_path / "rejected-2" / "saved_model.pb").is_file()


def test_every_flag_and_file_that_the_page_names_is_there():
    from serving.config.flags import _build_parser

    flags = set(re.findall(r"python -m serving[^`]*?(--\w+)", PAGE.replace("\\\n", " ")))
    known = {name for action in _build_parser()._actions for name in action.option_strings}
    assert flags <= known
    for path in re.findall(r"\]\(\.\./([\w/.]+)\)", PAGE):
        assert (ROOT / path).exists(), path
    folder = PAGE.split("| file in `serving/deploy/kubernetes/` | |")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+\.yaml)`", folder))
    assert named == {
        file.name for file in (ROOT / "serving" / "deploy" / "kubernetes").glob("*.yaml")
    }
