"""Loads a SavedModel from disk and warms it up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf

from serving.config.limits import Limits
from serving.errors import ServingError, from_tensorflow, invalid_argument
from serving.models.base_path import is_saved_model
from serving.models.batch_scheduler import BatchScheduler
from serving.models.saved_model_warmup import warm_up
from serving.models.servable import Servable


def make_loader(
    session_config: Any,
    warmup: bool,
    batch_scheduler: BatchScheduler | None = None,
    limits: Limits | None = None,
) -> Callable[[str, int, Path], Servable]:
    """Return the function that loads a version: (model name, version, folder) -> servable.

    Args:
        session_config: ``tf.compat.v1.ConfigProto``.
        warmup: run the version's warm-up requests; if one fails, the version is not loaded.
        batch_scheduler: batches requests; None to run each alone.
        limits: on requests; None for the defaults.
    """

    def load_and_warm_up(name: str, version: int, folder: Path) -> Servable:
        session, signatures = load(folder, session_config)
        servable = Servable(name, version, session, signatures, batch_scheduler, limits)
        if warmup:
            try:
                warm_up(servable, folder)
            except ServingError:
                servable.unload(lambda: None)
                raise
        return servable

    return load_and_warm_up


def load(folder: Path, session_config: Any = None) -> tuple[Any, dict[str, Any]]:
    """Load a SavedModel's ``serve`` graph and restore its variables.

    Returns:
        The session, and ``SignatureDef`` by name.

    Raises:
        ServingError: the folder holds no SavedModel, or a damaged one.
    """
    if not is_saved_model(folder):
        raise ServingError(
            grpc.StatusCode.NOT_FOUND, f"{folder}: not a SavedModel (no saved_model.pb)"
        )
    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph, config=session_config)
    try:
        with graph.as_default():
            meta_graph = tf.compat.v1.saved_model.loader.load(
                session, [tf.saved_model.SERVING], str(folder)
            )
        graph.finalize()  # threads share it from here on
    except Exception as error:  # a damaged file can make the loader raise anything
        session.close()
        failure = (
            from_tensorflow(error)
            if isinstance(error, tf.errors.OpError)
            else invalid_argument(str(error))
        )
        raise ServingError(failure.code, f"{folder}: cannot be loaded: {failure.message}") from None
    return session, dict(meta_graph.signature_def)
