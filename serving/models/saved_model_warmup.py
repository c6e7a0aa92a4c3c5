"""Runs a version's warm-up requests before it serves, so that no writer gets a slow first one.

The rules are TensorFlow Serving's (``saved_model_warmup_util.cc``): a fixed file name, at most
1,000 records, each a ``PredictionLog``; if one fails, the version is not loaded.
"""

from pathlib import Path

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from serving.errors import ServingError, from_tensorflow, invalid_argument
from serving.models.servable import Servable

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
MAX_RECORDS = 1_000


def warm_up(servable: Servable, folder: Path) -> int:
    """Run all warm-up requests of the version in ``folder``, if it has any.

    Returns:
        Number of records run.

    Raises:
        ServingError: with the file and the number of the record that failed.
    """
    path = folder / WARMUP_FILE
    if not path.is_file():
        return 0
    count = 0
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            count += 1
            _run(servable, record)
            if count > MAX_RECORDS:
                raise invalid_argument(f"more than {MAX_RECORDS} records")
    except tf.errors.DataLossError as error:
        raise ServingError(
            grpc.StatusCode.DATA_LOSS, f"{path}: not a TFRecord file: {error.message}"
        ) from None
    except tf.errors.OpError as error:
        failure = from_tensorflow(error)
        raise ServingError(failure.code, f"{path}: {failure.message}") from None
    except ServingError as error:
        raise ServingError(
            error.code, f"{path}: warm-up record {count} failed: {error.message}"
        ) from None
    return count


def _run(servable: Servable, record: bytes) -> None:
    log = prediction_log_pb2.PredictionLog()
    try:
        log.ParseFromString(record)
    except DecodeError:
        raise invalid_argument("not a PredictionLog") from None
    kind = log.WhichOneof("log_type")
    if kind != "predict_log":
        raise ServingError(
            grpc.StatusCode.UNIMPLEMENTED, f"only predict_log records are supported, got {kind}"
        )
    request = log.predict_log.request
    servable.predict(request.model_spec.signature_name, request.inputs, request.output_filter)
