"""Between our weights' names and the variables of KerasHub's Gemma 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trainer.foundation.checkpoint import EMBEDDING, GemmaConfig

Array = np.ndarray[Any, np.dtype[np.float32]]


def backbone(config: GemmaConfig, **kwargs: Any) -> Any:
    """A ``keras_hub.models.Gemma3Backbone`` with fresh weights; ``kwargs`` are its own."""
    from keras_hub.models import Gemma3Backbone

    return Gemma3Backbone(
        vocabulary_size=config.vocabulary,
        image_size=None,
        num_layers=config.layers,
        num_query_heads=config.heads,
        num_key_value_heads=config.key_heads,
        hidden_dim=config.width,
        intermediate_dim=config.feed,
        head_dim=config.channels,
        query_head_dim_normalize=True,
        use_query_key_norm=True,
        use_post_ffw_norm=True,
        use_post_attention_norm=True,
        use_sliding_window_attention=True,
        sliding_window_size=config.window,
        global_rope_scaling_factor=config.rope_factor,
        layer_norm_epsilon=config.epsilon,
        **kwargs,
    )


def config_of(model: Any) -> GemmaConfig:
    """The shape of a backbone."""
    return GemmaConfig(
        vocabulary=model.vocabulary_size,
        width=model.hidden_dim,
        layers=model.num_layers,
        heads=model.num_query_heads,
        key_heads=model.num_key_value_heads,
        channels=model.head_dim,
        feed=model.intermediate_dim,
        window=model.sliding_window_size,
        rope_factor=model.global_rope_scaling_factor,
        epsilon=model.layer_norm_epsilon,
        score_scale=model.head_dim**-0.5,
    )


def assign(model: Any, name: str, value: Array) -> None:
    """Give a backbone one weight."""
    variables(model)[name].assign(_to_keras(name, value, config_of(model)))


def read(model: Any, name: str) -> Array:
    """One weight of a backbone, float32."""
    value = np.asarray(variables(model)[name]).astype(np.float32)
    return _from_keras(name, value)


def variables(model: Any) -> dict[str, Any]:
    """A backbone's variables by our names."""
    return dict(_variables(model))


def _variables(model: Any) -> Iterator[tuple[str, Any]]:
    yield EMBEDDING, model.token_embedding.embeddings
    for number, block in enumerate(model.transformer_layers):
        attention = block.attention
        for name, variable in (
            ("input_layernorm", block.pre_attention_norm.scale),
            ("self_attn.q_proj", attention.query_dense.kernel),
            ("self_attn.k_proj", attention.key_dense.kernel),
            ("self_attn.v_proj", attention.value_dense.kernel),
            ("self_attn.o_proj", attention.output_dense.kernel),
            ("self_attn.q_norm", attention.query_norm.scale),
            ("self_attn.k_norm", attention.key_norm.scale),
            ("post_attention_layernorm", block.post_attention_norm.scale),
            ("pre_feedforward_layernorm", block.pre_ffw_norm.scale),
            ("mlp.gate_proj", block.gating_ffw.kernel),
            ("mlp.up_proj", block.gating_ffw_2.kernel),
            ("mlp.down_proj", block.ffw_linear.kernel),
            ("post_feedforward_layernorm", block.post_ffw_norm.scale),
        ):
            yield f"model.layers.{number}.{name}.weight", variable
    yield "model.norm.weight", model.layer_norm.scale


def _to_keras(name: str, value: Array, config: GemmaConfig) -> Array:
    """Hugging Face's ``[out, in]`` as Keras has it: heads apart, input before output."""
    if name.endswith(("q_proj.weight", "k_proj.weight", "v_proj.weight")):
        return value.reshape(-1, config.channels, config.width).transpose(0, 2, 1)
    if name.endswith("o_proj.weight"):
        return value.T.reshape(config.heads, config.channels, config.width)
    return value.T if ".mlp." in name else value


def _from_keras(name: str, value: Array) -> Array:
    if name.endswith(("q_proj.weight", "k_proj.weight", "v_proj.weight")):
        return value.transpose(0, 2, 1).reshape(-1, value.shape[1])
    if name.endswith("o_proj.weight"):
        return value.reshape(-1, value.shape[2]).T
    return value.T if ".mlp." in name else value
