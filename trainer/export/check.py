"""``python -m trainer.export --check``: checks that an exported model works without Soseol."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from trainer.configuration import TrainerError
from trainer.export.versions import newest_version

SIGNATURES = {"serving_default", "suggest", "sample", "score", "embed"}


def check(folder: Path) -> str:
    """Run every signature and warm-up record of a model in a process of its own.

    Args:
        folder: a version, or a base path, of which the newest version is checked.

    Returns:
        The findings, as text.

    Raises:
        TrainerError: there is no model, or it does not work.
    """
    version = newest_version(folder)
    requests = "".join(json.dumps(request) + "\n" for request in _warmup_requests(version))
    isolated = Path(__file__).with_name("isolated_check.py")
    # -I: neither this folder nor the user's own modules can be imported by accident.
    done = subprocess.run(
        [sys.executable, "-I", str(isolated), str(version)],
        input=requests,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise TrainerError(
            f"{version} does not work: {lines[-1] if lines else f'exit code {done.returncode}'}; "
            "export it again"
        )
    found = json.loads(done.stdout.splitlines()[-1])
    missing = SIGNATURES - set(found["signatures"])
    if missing:
        raise TrainerError(f"{version} has no signature {', '.join(sorted(missing))}")
    return (
        f"{version} works: {len(found['signatures'])} signatures, "
        f"{found['warmup_records']} warm-up records\n"
        f"{len(found['ops'])} TensorFlow ops: {', '.join(found['ops'])}\n"
        f"{len(found['text_ops'])} tensorflow-text ops: {', '.join(found['text_ops'])}"
    )


def _warmup_requests(version: Path) -> list[dict[str, Any]]:
    """The requests of the warm-up file, in the form that ``isolated_check.py`` reads."""
    import tensorflow as tf
    from google.protobuf.message import DecodeError
    from tensorflow_serving.apis import prediction_log_pb2

    from trainer.export.warmup import FILE

    path = version / "assets.extra" / FILE
    if not path.is_file():
        raise TrainerError(f"{path} is missing; export the model again")
    requests = []
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
            inputs = {
                name: base64.b64encode(tensor.SerializeToString()).decode()
                for name, tensor in request.inputs.items()
            }
            requests.append({"signature": request.model_spec.signature_name, "inputs": inputs})
    except (tf.errors.DataLossError, DecodeError) as error:
        raise TrainerError(
            f"{path} is damaged ({type(error).__name__}); export the model again"
        ) from None
    return requests
