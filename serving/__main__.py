"""``python -m serving``: check what is quick to check, load, serve, drain."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from serving.api import ports
from serving.config import batching_parameters, flags, model_config, monitoring_config, ssl_config
from serving.config.batching_parameters import BatchingParameters
from serving.config.limits import Limits
from serving.errors import ServingError
from serving.models import base_path

GRACE_SECONDS = 25.0  # for running calls; Kubernetes leaves 30 between SIGTERM and SIGKILL
_MAX_WAITING = 64  # threads in which callers wait for a batch, unless a flag says otherwise

_log = logging.getLogger("serving")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        0 after an orderly end, 1 if the server could not start (one line on stderr says
        why). Bad usage leaves with 2, a signal before the server is ready with 128 + signal.
    """
    options = flags.parse(argv)
    logging.basicConfig(format="%(asctime)s serving: %(message)s", level=logging.INFO)
    try:
        _on_signals(_leave)
        return _serve(options)
    except ServingError as error:
        print(f"serving: {error}", file=sys.stderr)
        return 1


def _serve(options: flags.Flags) -> int:
    files = _read_files(options)
    config = files.models
    credentials = ssl_config.server_credentials(options.ssl_config_file)
    ports.check_free(options.host, options.port)
    if options.rest_api_port:
        ports.check_free(options.host, options.rest_api_port, "--rest_api_port")
    for model in config.model_config_list.config:
        base_path.check_servable(model)

    from serving import runtime  # only now: what follows needs TensorFlow

    session_config = runtime.start(
        options.tensorflow_intra_op_parallelism, options.tensorflow_inter_op_parallelism
    )
    from serving.models.batch_scheduler import BatchScheduler
    from serving.models.loading import make_loader
    from serving.models.manager import ModelManager
    from serving.server import Server

    batch_scheduler = BatchScheduler(files.batching) if files.batching else None
    limits = Limits(options.max_request_rows, options.max_story_bytes)
    manager = ModelManager(
        make_loader(session_config, options.enable_model_warmup, batch_scheduler, limits),
        options.allow_version_labels_for_unavailable_models,
    )
    manager.apply(config)
    server = Server(manager, _threads(options, files.batching), options.grpc_channel_arguments)
    port = server.start(options.host, options.port, credentials)
    http = _start_http(options, files.metrics_path, manager)
    pollers = _start_pollers(options, config, manager)
    stopping = threading.Event()
    _on_signals(lambda *_: stopping.set())
    print(_ready_line(ports.address(options.host, port), manager.available()), flush=True)
    # In turns: Python acts on a signal that reached another thread only when this one wakes.
    while not stopping.wait(1.0):
        pass
    _log.info("stopping: running calls may finish")
    server.stop(GRACE_SECONDS)
    for poller in pollers:
        poller.stop()
    if http:
        http.stop()
    return 0


class _Files(NamedTuple):
    """What the configuration files say."""

    models: Any
    batching: BatchingParameters | None
    metrics_path: str


def _read_files(options: flags.Flags) -> _Files:
    if options.model_config_file:
        models = model_config.read(options.model_config_file)
    else:
        models = model_config.single_model(options.model_name, options.model_base_path)
    batching = None
    if options.enable_batching:
        batching = batching_parameters.read(options.batching_parameters_file)
    return _Files(models, batching, monitoring_config.metrics_path(options.monitoring_config_file))


def _threads(options: flags.Flags, batching: BatchingParameters | None) -> int:
    """Return how many calls are worked on at once: callers of a batch wait in a thread each."""
    threads = 4 * (os.cpu_count() or 1)
    if batching:
        threads = max(threads, min(2 * batching.max_batch_size, _MAX_WAITING))
    return options.grpc_max_threads or threads


def _start_http(options: flags.Flags, metrics_path: str, manager: Any) -> Any:
    from serving.api.http_server import HttpServer

    if not options.rest_api_port:
        return None
    http = HttpServer(options.host, options.rest_api_port, manager, metrics_path)
    where = f"http://{ports.address(options.host, http.port)}"
    _log.info("model status on %s/v1/models/NAME", where)
    if metrics_path:
        _log.info("metrics on %s%s", where, metrics_path)
    return http


def _start_pollers(options: flags.Flags, config: Any, manager: Any) -> list[Any]:
    from serving.config.model_config_reloader import ModelConfigReloader
    from serving.periodic_function import PeriodicFunction

    file = ModelConfigReloader(options.model_config_file, config, manager.apply)
    candidates = [
        PeriodicFunction("version poller", options.file_system_poll_wait_seconds, manager.poll),
        PeriodicFunction(
            "configuration poller", options.model_config_file_poll_wait_seconds, file.poll
        ),
    ]
    pollers = [poller for poller in candidates if poller.seconds]
    for poller in pollers:
        poller.start()
    return pollers


def _ready_line(address: str, available: dict[str, list[int]]) -> str:
    models = (
        f"model {name} version {' '.join(map(str, versions))}"
        for name, versions in available.items()
    )
    return f"serving: ready on {address}, {', '.join(models)}"


def _on_signals(handler: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its errors come back as exceptions
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A call that outlived its grace must not keep the process: skip joining its thread.
    os._exit(code)
