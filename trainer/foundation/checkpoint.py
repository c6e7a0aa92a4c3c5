"""A pretrained Gemma 3 text model, whatever file it comes from.

Weights have the names and shapes that Hugging Face gives them (``model.layers.0.mlp...``), norms
without their ``1 +``. Sources: the technical report (arXiv 2503.19786) and transformers'
``modeling_gemma3.py``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from trainer.configuration import TrainerError

EMBEDDING = "model.embed_tokens.weight"
GLOBAL_EVERY = 6  # of so many layers the last one has no window

_BLOCK = (
    "input_layernorm",
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "self_attn.q_norm",
    "self_attn.k_norm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
    "post_feedforward_layernorm",
)


@dataclasses.dataclass(frozen=True)
class GemmaConfig:
    """Shape of a Gemma 3 text model.

    Attributes:
        vocabulary: pieces.
        width: d, of every vector between layers.
        layers: decoder layers; every sixth attends without a window.
        heads: query heads.
        key_heads: heads of keys and values, which divide the query heads among them.
        channels: of a head.
        feed: width inside the feed-forward layers.
        window: tokens that the other layers see, the newest included.
        rope_factor: by which positions are divided in the layers without a window.
        epsilon: of the RMS norms.
        score_scale: by which a query is multiplied before it meets the keys.
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    key_heads: int
    channels: int
    feed: int
    window: int
    rope_factor: float = 1.0
    epsilon: float = 1e-6
    score_scale: float = 256**-0.5

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight."""
        inner, keys = self.heads * self.channels, self.key_heads * self.channels
        block = {
            "self_attn.q_proj": (inner, self.width),
            "self_attn.k_proj": (keys, self.width),
            "self_attn.v_proj": (keys, self.width),
            "self_attn.o_proj": (self.width, inner),
            "self_attn.q_norm": (self.channels,),
            "self_attn.k_norm": (self.channels,),
            "mlp.gate_proj": (self.feed, self.width),
            "mlp.up_proj": (self.feed, self.width),
            "mlp.down_proj": (self.width, self.feed),
        }
        shapes: dict[str, tuple[int, ...]] = {EMBEDDING: (self.vocabulary, self.width)}
        for layer in range(self.layers):
            for name in _BLOCK:
                shapes[f"model.layers.{layer}.{name}.weight"] = block.get(name, (self.width,))
        shapes["model.norm.weight"] = (self.width,)
        return shapes


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """A model as it was found.

    Attributes:
        origin: where it comes from, for people.
        config: its shape.
        tokenizer: its SentencePiece model.
        read: gives a weight by its name, float32.
        licence: the texts that travel with it, by file name.
        digest: SHA-256 of the file of weights; empty for folders.
    """

    origin: str
    config: GemmaConfig
    tokenizer: model_pb2.ModelProto
    read: Callable[[str], np.ndarray[Any, np.dtype[np.float32]]]
    licence: dict[str, str]
    digest: str = ""

    def weights(self) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]]:
        """Every weight, checked.

        Raises:
            TrainerError: one is missing, has another shape, or holds something that is no number.
        """
        for name, shape in self.config.shapes().items():
            try:
                value = self.read(name)
            except KeyError:
                raise TrainerError(f"{self.origin} has no weight {name}") from None
            if value.shape != shape:
                raise TrainerError(
                    f"{self.origin}: {name} has shape {list(value.shape)} instead of {list(shape)}"
                )
            if not np.isfinite(value).all():
                raise TrainerError(f"{self.origin}: {name} holds values that are not finite")
            yield name, value


def licence_beside(folder: Path) -> dict[str, str]:
    """The texts of a folder that say under which terms its weights may be used."""
    words = ("license", "licence", "terms", "notice")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and any(word in path.name.lower() for word in words):
            found[path.name] = path.read_text(encoding="utf-8", errors="replace")
    return found
