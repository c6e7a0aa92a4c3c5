"""A foundation on disk.

::

    model.safetensors     weights, by Hugging Face's names
    config.json           the shape, as transformers and others read it
    tokenizer.model       the cut vocabulary, for ``python -m pipeline --tokenizer``
    licence/              the texts that travel with the weights and all that is made of them
    foundation.json       written last: where it comes from, what was kept, digests
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.checksums import file_digest
from trainer.configuration import TrainerError
from trainer.foundation.checkpoint import EMBEDDING, GLOBAL_EVERY, Checkpoint, GemmaConfig
from trainer.foundation.vocabulary import Cut
from trainer.run_files import TOKENIZER

FORMAT_VERSION = 1
ABOUT, CONFIG, WEIGHTS, LICENCE = (
    "foundation.json",
    "config.json",
    "model.safetensors",
    "licence",
)


@dataclasses.dataclass(frozen=True)
class Foundation:
    """A foundation that was read.

    Attributes:
        folder: where it lies.
        config: its shape.
        about: what ``foundation.json`` says.
    """

    folder: Path
    config: GemmaConfig
    about: dict[str, Any]

    @property
    def tokenizer(self) -> bytes:
        """Its SentencePiece model."""
        return (self.folder / TOKENIZER).read_bytes()

    def weights(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """All weights by their names, float32.

        Raises:
            TrainerError: the file is damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            found = load_file(self.folder / WEIGHTS)
        except (OSError, SafetensorError) as error:
            raise TrainerError(f"{self.folder / WEIGHTS} is damaged: {error}") from None
        return {name: value.astype(np.float32, copy=False) for name, value in found.items()}


def write(
    checkpoint: Checkpoint, cut: Cut, folder: Path, progress: Callable[[int, int], None]
) -> Foundation:
    """Write a foundation, whole or not at all.

    Args:
        cut: the vocabulary; rows of the embedding are taken by its ids.
        folder: must not exist yet, or be empty.
        progress: is told how many weights of how many are done.

    Raises:
        TrainerError: the source is damaged, or the folder cannot be written.
    """
    from safetensors.numpy import save_file

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainerError(f"{folder} is there already; give another --output, or remove it")
    beside = folder.with_name(f".{folder.name}.writing")
    config = dataclasses.replace(checkpoint.config, vocabulary=len(cut.ids))
    total = len(config.shapes())
    try:
        shutil.rmtree(beside, ignore_errors=True)
        (beside / LICENCE).mkdir(parents=True)
        weights = {}
        for done, (name, value) in enumerate(checkpoint.weights(), 1):
            kept = value[cut.ids] if name == EMBEDDING else value
            weights[name] = np.ascontiguousarray(kept)
            progress(done, total)
        save_file(weights, beside / WEIGHTS, metadata={"format": "pt"})
        (beside / TOKENIZER).write_bytes(cut.model)
        for name, text in checkpoint.licence.items():
            (beside / LICENCE / name).write_text(text, encoding="utf-8")
        _write_json(beside / CONFIG, hugging_face_config(config))
        about = {
            "format_version": FORMAT_VERSION,
            "source": {
                "origin": checkpoint.origin,
                "sha256": checkpoint.digest,
                "pieces": checkpoint.config.vocabulary,
            },
            "config": dataclasses.asdict(config),
            "parameters": sum(value.size for value in weights.values()),
            "licence": sorted(checkpoint.licence),
            "files": {name: file_digest(beside / name) for name in (WEIGHTS, TOKENIZER)},
        }
        _write_json(beside / ABOUT, about)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
        return Foundation(folder, config, about)
    except OSError as error:
        raise TrainerError(f"{folder} cannot be written: {error}; give another --output") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read(folder: Path) -> Foundation:
    """Open a foundation.

    Raises:
        TrainerError: there is none, a file does not match ``foundation.json``, or the licence is
            missing.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        config = GemmaConfig(**about["config"])
        files, licence = about["files"], about["licence"]
    except OSError:
        raise TrainerError(
            f"{folder} is no foundation (it has no {ABOUT}); make one with "
            "python -m trainer.foundation"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise TrainerError(f"{folder / ABOUT} is damaged: {error!r}") from None
    if about.get("format_version") != FORMAT_VERSION:
        raise TrainerError(f"{folder / ABOUT} is of another version; make the foundation anew")
    for name, promised in files.items():
        path = folder / name
        if not path.is_file() or file_digest(path) != promised:
            raise TrainerError(
                f"{path} does not match {ABOUT}; make the foundation anew with "
                "python -m trainer.foundation"
            )
    missing = [name for name in licence if not (folder / LICENCE / name).is_file()]
    if missing or not licence:
        raise TrainerError(
            f"{folder / LICENCE} lacks {', '.join(missing) or 'the licence'}; the terms must stay "
            "with the weights"
        )
    return Foundation(folder, config, about)


def hugging_face_config(config: GemmaConfig) -> dict[str, Any]:
    """``config.json`` of a ``gemma3_text`` model."""
    kinds = ("sliding_attention",) * (GLOBAL_EVERY - 1) + ("full_attention",)
    found: dict[str, Any] = {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "vocab_size": config.vocabulary,
        "hidden_size": config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.key_heads,
        "head_dim": config.channels,
        "intermediate_size": config.feed,
        "sliding_window": config.window,
        "query_pre_attn_scalar": round(config.score_scale**-2),
        "rms_norm_eps": config.epsilon,
        "rope_theta": 1_000_000.0,
        "rope_local_base_freq": 10_000.0,
        "hidden_activation": "gelu_pytorch_tanh",
        "layer_types": [kinds[layer % GLOBAL_EVERY] for layer in range(config.layers)],
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "torch_dtype": "float32",
    }
    if config.rope_factor != 1.0:
        found["rope_scaling"] = {"rope_type": "linear", "factor": config.rope_factor}
    return found


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
