"""``python -m serving`` as a process: start, serve, drain, and every wrong command line."""

import signal
import socket
import subprocess
import sys
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from serving.__main__ import main

pytestmark = pytest.mark.usefixtures("keep_signals")
NAMES = "--model_name=soseol"


def test_serves_follows_versions_and_drains(
    run_server, connect, base_path, add_version, eventually
):
    flags = [NAMES, f"--model_base_path={base_path}", "--port=0"]
    process = run_server(*flags, "--tensorflow_intra_op_parallelism=1", "--grpc_max_threads=2")
    assert process.ready_line == (
        f"serving: ready on 127.0.0.1:{process.port}, model soseol version 1\n"
    )
    client = connect(process.port)
    assert client.predict(story=["눈이 내렸다."]).model_spec.version.value == 1
    add_version(base_path, 2)
    eventually(lambda: client.states() == {1: "END", 2: "AVAILABLE"})

    watch = client.health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    running = client.slow(client.steps(3))
    client.predict(story=["눈이 내렸다."])  # answered, so the slow call has arrived too
    process.popen.send_signal(signal.SIGTERM)
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING

    def refused() -> bool:  # health turns first, then calls are rejected
        try:
            client.predict(story=["늦었다"])
        except grpc.RpcError as error:
            return error.code() == grpc.StatusCode.UNAVAILABLE
        return False

    eventually(refused)
    assert running.result().outputs["sum"].float_val, "a running call may finish"
    assert process.end() == 0
    log = "".join(process.log)
    assert "version 2 loaded" in log
    assert "Traceback" not in log
    assert "cuda" not in log.lower()


def _refused(capsys, *flags: str) -> tuple[int, str]:
    """Run the command in this process; it must fail with one line on stderr."""
    try:
        code = main(flags)
    except SystemExit as exit_:
        code = exit_.code
    output = capsys.readouterr()
    assert output.out == ""
    lines = [line for line in output.err.splitlines() if line.startswith("serving: ")]
    assert len(lines) == 1, output.err
    assert "Traceback" not in output.err
    return code, lines[0]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "--model_base_path or --model_config_file"),
        (["--model_base_path=/m", "--model_config_file=/c"], "exclude each other"),
        (["--model_config_file=/c", NAMES], "--model_name"),
        (["--model_base_path=/m", "--model_name="], "--model_name is empty"),
        (["--model_base_path=/m", "--port=http"], "'http' is not a whole number from 0 to 65535"),
        (["--model_base_path=/m", "--port=70000"], "'70000' is not a whole number from 0 to 65535"),
        (
            ["--model_base_path=/m", "--grpc_max_threads=0"],
            "argument --grpc_max_threads: '0' is not a whole number of 1 or more",
        ),
        (
            ["--model_base_path=/m", "--file_system_poll_wait_seconds=-1"],
            "'-1' is not a whole number from 0 to 2147483647",
        ),
        (["--model_base_path=/m", "--enable_model_warmup=maybe"], "neither true nor false"),
        (["--model_base_path=/m", "--rest_api_timeout_in_ms=1"], "--rest_api_timeout_in_ms=1"),
        (["--model_base=/m"], "--model_base"),
        (["--model_base_path=/m", "--model_config_file_poll_wait_seconds=5"], "needs"),
        (["--model_base_path=/m", "--batching_parameters_file=/b"], "needs --enable_batching"),
        (["--model_base_path=/m", "--monitoring_config_file=/m"], "needs --rest_api_port"),
        (["--model_base_path=/m", "--rest_api_port=8500"], "must differ"),
        (["--model_base_path=/m", "--grpc_channel_arguments=a=1,b"], "'b' is not NAME=VALUE"),
        (["--model_base_path=/m", "--grpc_channel_arguments=a=2147483648"], "above 2147483647"),
        (["--model_base_path=/m", "--max_story_bytes=0"], "is not a whole number of 1 or more"),
        (["--model_base_path=/m", "--max_story_bytes=nan"], "'nan' is not a whole number"),
        (
            ["--model_base_path=/m", "--tensorflow_intra_op_parallelism=2147483648"],
            "'2147483648' is not a whole number from 0 to 2147483647",
        ),
    ],
)
def test_bad_usage(capsys, flags, words):
    code, line = _refused(capsys, *flags)
    assert code == 2
    assert words in line


def test_nothing_to_serve(capsys, tmp_path):
    missing = tmp_path / "missing"
    assert _refused(capsys, f"--model_base_path={missing}") == (
        1,
        f"serving: base path {missing}: No such file or directory",
    )
    file = tmp_path / "file"
    file.write_text("")
    assert "Not a directory" in _refused(capsys, f"--model_base_path={file}")[1]
    code, line = _refused(capsys, f"--model_base_path={tmp_path}")
    assert code == 1
    assert f"{tmp_path}/1" in line
    (tmp_path / "1").mkdir()
    code, line = _refused(capsys, f"--model_base_path={tmp_path}")
    assert code == 1
    assert f"{tmp_path}/1 is not a SavedModel" in line


def test_first_version_that_cannot_be_loaded(capsys, base_path):
    graph = base_path / "1" / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:1000])
    code, line = _refused(capsys, f"--model_base_path={base_path}", "--port=0")
    assert code == 1
    assert f"{base_path}/1: cannot be loaded" in line


def test_wrong_files(capsys, tmp_path, base_path):
    config = tmp_path / "models.config"
    config.write_text("model_config_list { config { name: 'a' }")
    for flags in [
        [f"--model_config_file={config}"],
        [f"--model_config_file={tmp_path / 'no.config'}"],
        [f"--model_base_path={base_path}", f"--ssl_config_file={config}"],
    ]:
        code, line = _refused(capsys, *flags)
        assert code == 1
        assert str(tmp_path) in line


def test_port_in_use(capsys, base_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = _refused(capsys, f"--model_base_path={base_path}", f"--port={port}")
    assert code == 1
    assert line == (
        f"serving: cannot listen on 127.0.0.1:{port}: Address already in use "
        "(choose another --port)"
    )
    code, line = _refused(capsys, f"--model_base_path={base_path}", "--host=256.0.0.1")
    assert code == 1
    assert "256.0.0.1" in line


def test_bad_usage_is_found_without_tensorflow(tmp_path):
    """Otherwise every mistyped flag would cost ten seconds of import."""
    program = (
        "import sys; from serving.__main__ import main; "
        f"code = main(['--model_base_path={tmp_path}']); "
        "sys.exit(code if 'tensorflow' not in sys.modules else 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 1, done.stderr


def test_interrupt_before_it_is_ready(base_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "serving", f"--model_base_path={base_path}", "--port=0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)  # importing TensorFlow
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert log == ""


def test_help():
    done = subprocess.run(
        [sys.executable, "-m", "serving", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "--model_base_path" in done.stdout
