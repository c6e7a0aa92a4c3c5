"""Runs the embedded server: checks the configuration, loads the models, serves, drains."""

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

GRACE_SECONDS = 25.0  # for running calls; Kubernetes allows 30 between SIGTERM and SIGKILL

_log = logging.getLogger("serving")


def run(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        0 after an orderly shutdown, 1 if the server could not start (one line on stderr says
        why).

    Raises:
        SystemExit: 2 for a wrong command line, 128 + signal if a signal arrives before the
            server is ready.
    """
    options = flags.parse(argv)
    logging.basicConfig(format="%(asctime)s serving: %(message)s", level=logging.INFO)
    try:
        _set_signal_handler(_exit)
        return _serve(options)
    except ServingError as error:
        print(f"serving: {error}", file=sys.stderr)
        return 1


def _serve(options: flags.Flags) -> int:
    files = _read_config_files(options)
    config = files.models
    credentials = ssl_config.server_credentials(options.ssl_config_file)
    ports.check_free(options.host, options.port)
    if options.rest_api_port:
        ports.check_free(options.host, options.rest_api_port, "--rest_api_port")
    for model in config.model_config_list.config:
        base_path.check_servable(model)

    from serving import runtime  # only now: everything below needs TensorFlow

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
    threads = _thread_count(options, files.batching)
    server = Server(manager, threads, options.grpc_channel_arguments)
    port = server.start(options.host, options.port, credentials)
    http = _start_http(options, files.metrics_path, manager)
    pollers = _start_pollers(options, config, manager)
    stopping = threading.Event()
    _set_signal_handler(lambda *_: stopping.set())
    print(_ready_line(ports.address(options.host, port), manager.available()), flush=True)
    # Wake up regularly: Python runs signal handlers in the main thread only, and only while that
    # thread executes, whichever thread received the signal.
    while not stopping.wait(1.0):
        pass
    _log.info("shutting down: waiting up to %.0f s for running calls", GRACE_SECONDS)
    server.stop(GRACE_SECONDS)
    for poller in pollers:
        poller.stop()
    if http:
        http.stop()
    return 0


class _ConfigFiles(NamedTuple):
    """The contents of the configuration files."""

    models: Any
    batching: BatchingParameters | None
    metrics_path: str


def _read_config_files(options: flags.Flags) -> _ConfigFiles:
    if options.model_config_file:
        models = model_config.read(options.model_config_file)
    else:
        models = model_config.single_model(options.model_name, options.model_base_path)
    batching = None
    if options.enable_batching:
        batching = batching_parameters.read(options.batching_parameters_file)
    metrics_path = monitoring_config.metrics_path(options.monitoring_config_file)
    return _ConfigFiles(models, batching, metrics_path)


def _thread_count(options: flags.Flags, batching: BatchingParameters | None) -> int:
    """Return how many calls run at once; with batching, each waits for its batch in a thread."""
    threads = 4 * (os.cpu_count() or 1)
    if batching:
        threads = max(threads, min(2 * batching.max_batch_size, flags.MAX_BATCHING_THREADS))
    return options.grpc_max_threads or threads


def _start_http(options: flags.Flags, metrics_path: str, manager: Any) -> Any:
    from serving.api.http_server import HttpServer

    if not options.rest_api_port:
        return None
    http = HttpServer(options.host, options.rest_api_port, manager, metrics_path)
    url = f"http://{ports.address(options.host, http.port)}"
    _log.info("model status at %s/v1/models/NAME", url)
    if metrics_path:
        _log.info("metrics at %s%s", url, metrics_path)
    return http


def _start_pollers(options: flags.Flags, config: Any, manager: Any) -> list[Any]:
    from serving.config.model_config_reloader import ModelConfigReloader
    from serving.periodic_function import PeriodicFunction

    reloader = ModelConfigReloader(options.model_config_file, config, manager.apply)
    pollers = [
        PeriodicFunction("version poller", options.file_system_poll_wait_seconds, manager.poll),
        PeriodicFunction(
            "configuration poller", options.model_config_file_poll_wait_seconds, reloader.poll
        ),
    ]
    enabled = [poller for poller in pollers if poller.seconds]
    for poller in enabled:
        poller.start()
    return enabled


def _ready_line(address: str, available: dict[str, list[int]]) -> str:
    models = (
        f"model {name} version {' '.join(map(str, versions))}"
        for name, versions in available.items()
    )
    return f"serving: ready on {address}, {', '.join(models)}"


def _set_signal_handler(handler: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _exit(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)
