"""``python -m serving``: check what is quick to check, load, serve, drain."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from serving import flags, listening, model_config, storage, tls
from serving.status import ServingError

GRACE_SECONDS = 10.0  # for running calls; Kubernetes leaves 30 between SIGTERM and SIGKILL


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
    config = _read_config(options)
    credentials = tls.server_credentials(options.ssl_config_file)
    listening.check_free(options.host, options.port)
    for model in config.model_config_list.config:
        storage.check_servable(model)

    from serving import runtime  # only now: what follows needs TensorFlow

    session_config = runtime.start(
        options.tensorflow_intra_op_parallelism, options.tensorflow_inter_op_parallelism
    )
    from serving.loading import make_loader
    from serving.manager import ModelManager
    from serving.server import Server

    manager = ModelManager(
        make_loader(session_config, options.enable_model_warmup),
        options.allow_version_labels_for_unavailable_models,
    )
    manager.apply(config)
    server = Server(manager, options.grpc_max_threads)
    port = server.start(options.host, options.port, credentials)
    pollers = _start_pollers(options, config, manager)
    stopping = threading.Event()
    _on_signals(lambda *_: stopping.set())
    print(_ready_line(listening.address(options.host, port), manager.available()), flush=True)
    stopping.wait()
    logging.getLogger("serving").info("stopping: running calls may finish")
    server.stop(GRACE_SECONDS)
    for poller in pollers:
        poller.stop()
    return 0


def _read_config(options: flags.Flags) -> Any:
    if options.model_config_file:
        return model_config.read(options.model_config_file)
    return model_config.single_model(options.model_name, options.model_base_path)


def _start_pollers(options: flags.Flags, config: Any, manager: Any) -> list[Any]:
    from serving.config_file import ConfigFile
    from serving.polling import Poller

    file = ConfigFile(options.model_config_file, config, manager.apply)
    candidates = [
        Poller("version poller", options.file_system_poll_wait_seconds, manager.poll),
        Poller("configuration poller", options.model_config_file_poll_wait_seconds, file.poll),
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
