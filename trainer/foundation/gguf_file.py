"""Reads Gemma 3 from a GGUF file, as llama.cpp has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline.checksums import file_digest
from trainer.configuration import TrainerError
from trainer.foundation.checkpoint import EMBEDDING, Checkpoint, GemmaConfig, licence_beside

ARCHITECTURE = "gemma3"
# GGUF's token types, by number: llama.cpp's enum llama_token_type.
_TYPES = {1: "NORMAL", 2: "UNKNOWN", 3: "CONTROL", 4: "USER_DEFINED", 5: "UNUSED", 6: "BYTE"}
_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def read(path: Path, licence: dict[str, str] | None = None) -> Checkpoint:
    """Open a file; weights are dequantised one by one as they are asked for.

    Args:
        licence: texts that travel with it; those beside the file if not given.

    Raises:
        TrainerError: it is no GGUF file, damaged, or of another architecture.
    """
    from gguf import GGUFReader, dequantize

    try:
        reader = GGUFReader(str(path))
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except OSError as error:
        raise TrainerError(f"{path} cannot be read: {error}") from None
    except Exception as error:  # the reader checks little: a short file ends in any of NumPy's
        raise TrainerError(f"{path} is no GGUF file, or a damaged one: {error}") from None
    if fields.get("general.architecture") != ARCHITECTURE:
        raise TrainerError(
            f"{path} holds a model of architecture {fields.get('general.architecture')!r}; "
            "a foundation is made from a Gemma 3 text model"
        )
    try:
        config, tokenizer = _config(fields), _tokenizer(fields)
    except KeyError as error:
        raise TrainerError(
            f"{path} lacks {error}: it is damaged, or made by another tool"
        ) from None
    tensors = {_translated(tensor.name): tensor for tensor in reader.tensors}

    def weight(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        tensor = tensors[name]
        value = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        # llama.cpp adds the 1 of Gemma's norms when it converts.
        return value - 1.0 if value.ndim == 1 else value

    return Checkpoint(
        origin=str(path),
        config=config,
        tokenizer=tokenizer,
        read=weight,
        licence=licence_beside(path.parent) if licence is None else licence,
        digest=file_digest(path),
    )


def _config(fields: dict[str, Any]) -> GemmaConfig:
    def of(name: str) -> Any:
        return fields[f"{ARCHITECTURE}.{name}"]

    channels = int(of("attention.key_length"))
    return GemmaConfig(
        vocabulary=len(fields["tokenizer.ggml.tokens"]),
        width=int(of("embedding_length")),
        layers=int(of("block_count")),
        heads=int(of("attention.head_count")),
        key_heads=int(of("attention.head_count_kv")),
        channels=channels,
        feed=int(of("feed_forward_length")),
        window=int(of("attention.sliding_window")),
        rope_factor=float(fields.get(f"{ARCHITECTURE}.rope.scaling.factor", 1.0)),
        epsilon=float(f"{of('attention.layer_norm_rms_epsilon'):.6g}"),  # a float32
        score_scale=channels**-0.5,
    )


def _tokenizer(fields: dict[str, Any]) -> model_pb2.ModelProto:
    """The SentencePiece model that the file's tables were taken from."""
    model = model_pb2.ModelProto()
    special = {
        name: int(fields[f"tokenizer.ggml.{key}_token_id"])
        for name, key in (("pad", "padding"), ("unk", "unknown"), ("bos", "bos"), ("eos", "eos"))
    }
    kinds = model_pb2.ModelProto.SentencePiece.Type
    table = zip(
        fields["tokenizer.ggml.tokens"],
        fields["tokenizer.ggml.scores"],
        fields["tokenizer.ggml.token_type"],
        strict=True,
    )
    for number, (piece, score, kind) in enumerate(table):
        name = "UNKNOWN" if number == special["unk"] else _TYPES[kind]
        model.pieces.add(piece=piece, score=score, type=kinds.Value(name))
    spec = model.trainer_spec
    spec.model_type = model_pb2.TrainerSpec.BPE
    spec.byte_fallback = True
    spec.vocab_size = len(model.pieces)
    for name, number in special.items():
        setattr(spec, f"{name}_id", number)
        setattr(spec, f"{name}_piece", model.pieces[number].piece)
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = bool(fields["tokenizer.ggml.add_space_prefix"])
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    return model


def _translated(name: str) -> str:
    if name == "token_embd.weight":
        return EMBEDDING
    if name == "output_norm.weight":
        return "model.norm.weight"
    block, _, rest = name.removeprefix("blk.").partition(".")
    return f"model.layers.{block}.{_NAMES.get(rest.removesuffix('.weight'), rest)}.weight"
