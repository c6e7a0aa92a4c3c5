"""Reads Gemma 3 from a folder as Hugging Face has it: config.json, safetensors, tokenizer.model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from trainer.configuration import TrainerError
from trainer.foundation.checkpoint import Checkpoint, GemmaConfig, licence_beside

CONFIG, TOKENIZER = "config.json", "tokenizer.model"
TEXT_MODEL = "gemma3_text"


def read(folder: Path) -> Checkpoint:
    """Open a folder; weights are read one by one as they are asked for.

    Raises:
        TrainerError: something is missing, damaged, or of another architecture.
    """
    from safetensors import SafetensorError, safe_open

    about = _json(folder / CONFIG)
    if about.get("model_type") == "gemma3":  # with a part for pictures, which is left out
        about = {**about["text_config"], "model_type": TEXT_MODEL}
    if about.get("model_type") != TEXT_MODEL:
        raise TrainerError(
            f"{folder} holds a model of type {about.get('model_type')!r}; "
            "a foundation is made from a Gemma 3 text model"
        )
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise TrainerError(f"{folder} has no *.safetensors; download the weights too")
    places: dict[str, tuple[Path, str]] = {}
    for file in files:
        try:
            with safe_open(file, "np") as opened:
                for name in opened.keys():  # noqa: SIM118 (it cannot be iterated over)
                    places[_plain(name)] = (file, name)
        except (OSError, SafetensorError) as error:
            raise TrainerError(f"{file} is damaged or incomplete: {error}") from None

    def weight(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        file, there = places[name]
        with safe_open(file, "np") as opened:
            return np.asarray(opened.get_tensor(there)).astype(np.float32)

    try:
        config = config_of(about)
    except KeyError as error:
        raise TrainerError(f"{folder / CONFIG} lacks {error}") from None
    return Checkpoint(
        origin=str(folder),
        config=config,
        tokenizer=tokenizer_of(folder / TOKENIZER),
        read=weight,
        licence=licence_beside(folder),
    )


def config_of(about: dict[str, Any]) -> GemmaConfig:
    """The shape that a ``config.json`` of a text model tells.

    Raises:
        KeyError: something is missing.
    """
    scaling = about.get("rope_scaling") or {}
    return GemmaConfig(
        vocabulary=about["vocab_size"],
        width=about["hidden_size"],
        layers=about["num_hidden_layers"],
        heads=about["num_attention_heads"],
        key_heads=about["num_key_value_heads"],
        channels=about["head_dim"],
        feed=about["intermediate_size"],
        window=about["sliding_window"],
        rope_factor=float(scaling.get("factor", 1.0)),
        epsilon=about.get("rms_norm_eps", 1e-6),
        score_scale=about.get("query_pre_attn_scalar", 256) ** -0.5,
    )


def tokenizer_of(path: Path) -> model_pb2.ModelProto:
    """Read a SentencePiece model.

    Raises:
        TrainerError: there is none.
    """
    try:
        return model_pb2.ModelProto.FromString(path.read_bytes())
    except OSError as error:
        raise TrainerError(f"{path} cannot be read: {error.strerror}") from None
    except DecodeError:
        raise TrainerError(f"{path} is no SentencePiece model") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise TrainerError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise TrainerError(f"{path} is no JSON: {error}") from None


def _plain(name: str) -> str:
    """A weight's name without the wrapping of models that also see pictures."""
    for prefix in ("language_model.model.", "model.language_model."):
        if name.startswith(prefix):
            return "model." + name.removeprefix(prefix)
    return name
