"""Warm-up requests, which a server runs before the first real one, so that no writer waits.

https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

from trainer.decoding.defaults import SAMPLING_DEFAULTS

FILE = "tf_serving_warmup_requests"

# Of different lengths, because shapes decide what is initialised; the text does not matter.
STORIES = (
    "바람이 불었다.",
    "\n".join(["날이 저물고 있었다.", "그는 문을 열고 밖을 내다보았다."] * 4),
)


def write(path: Path, model_name: str) -> int:
    """Write one record for each signature and story; returns their number."""
    count = 0
    with tf.io.TFRecordWriter(str(path)) as writer:
        for story in STORIES:
            for signature, inputs in _requests(story).items():
                request = predict_pb2.PredictRequest(
                    model_spec=model_pb2.ModelSpec(name=model_name, signature_name=signature)
                )
                for name, value in inputs.items():
                    request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
                log = prediction_log_pb2.PredictionLog(
                    predict_log=prediction_log_pb2.PredictLog(request=request)
                )
                writer.write(log.SerializeToString())
                count += 1
    return count


def _requests(story: str) -> dict[str, dict[str, tf.Tensor]]:
    stories = tf.constant([story])
    sample = {
        "story": stories,
        "prefix": tf.constant([""]),
        **{name: tf.constant([value]) for name, value in SAMPLING_DEFAULTS.items()},
        "seed": tf.constant([1], tf.int64),
        "avoid": tf.constant([STORIES[0]]),
    }
    return {
        "suggest": {"story": stories},  # serving_default is the same graph
        "sample": sample,
        "score": {"story": stories, "sentence": tf.constant([STORIES[0]])},
        "embed": {"sentence": tf.constant([STORIES[0]])},
    }
