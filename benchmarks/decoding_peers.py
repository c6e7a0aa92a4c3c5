"""The peers of ``benchmarks/decoding.py``; each runs in its own process and environment.

That benchmark starts it with a system's name and the shape; each line of standard input is a
request.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

HYPOTHESES = 10


def ctranslate2_request(about: dict[str, Any], compute_type: str) -> Any:
    """A Transformer with random weights in CTranslate2's own format."""
    import ctranslate2
    import numpy as np

    width, layers, vocabulary = about["width"], about["layers"], about["vocabulary"]
    draw = np.random.default_rng(1)

    def kernel(spec: Any, outputs: int, inputs: int) -> None:
        spec.weight = draw.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)
        spec.bias = np.zeros(outputs, np.float32)

    def norm(spec: Any) -> None:
        spec.gamma, spec.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    spec = ctranslate2.specs.TransformerSpec.from_config(layers, about["heads"])
    for part in (spec.encoder, spec.decoder):
        norm(part.layer_norm)
        for layer in part.layer:
            norm(layer.self_attention.layer_norm)
            kernel(layer.self_attention.linear[0], 3 * width, width)
            kernel(layer.self_attention.linear[1], width, width)
            norm(layer.ffn.layer_norm)
            kernel(layer.ffn.linear_0, 4 * width, width)
            kernel(layer.ffn.linear_1, width, 4 * width)
    for layer in spec.decoder.layer:
        norm(layer.attention.layer_norm)
        kernel(layer.attention.linear[0], width, width)
        kernel(layer.attention.linear[1], 2 * width, width)
        kernel(layer.attention.linear[2], width, width)
    table = draw.normal(0, width**-0.5, (vocabulary, width)).astype(np.float32)
    spec.encoder.embeddings[0].weight = table
    spec.decoder.embeddings.weight = table
    kernel(spec.decoder.projection, vocabulary, width)
    tokens = ["<unk>", "<s>", "</s>", *(f"w{n}" for n in range(vocabulary - 3))]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.validate()
    spec.optimize()
    with tempfile.TemporaryDirectory() as folder:
        spec.save(folder)
        translator = ctranslate2.Translator(
            folder, device="cpu", inter_threads=1, intra_threads=2, compute_type=compute_type
        )
    source = [tokens[3 : 3 + about["source"]]] * about["batch"]

    def request() -> None:
        found = translator.translate_batch(
            source,
            beam_size=HYPOTHESES,
            num_hypotheses=HYPOTHESES,
            min_decoding_length=about["tokens"],
            max_decoding_length=about["tokens"],
            return_scores=True,
        )
        assert all(len(ids) == about["tokens"] for ids in found[0].hypotheses)

    return request


def hugging_face_request(about: dict[str, Any]) -> Any:
    """BART with random weights in eager PyTorch; beam search with a key-value cache."""
    import torch
    import transformers

    torch.set_num_threads(2)
    torch.manual_seed(1)
    config = transformers.BartConfig(
        vocab_size=about["vocabulary"], d_model=about["width"], max_position_embeddings=256,
        encoder_layers=about["layers"], decoder_layers=about["layers"],
        encoder_attention_heads=about["heads"], decoder_attention_heads=about["heads"],
        encoder_ffn_dim=4 * about["width"], decoder_ffn_dim=4 * about["width"],
        forced_eos_token_id=None,
    )  # fmt: skip
    model = transformers.BartForConditionalGeneration(config).eval()
    source = torch.arange(10, 10 + about["source"]).repeat(about["batch"], 1)

    def request() -> None:
        with torch.inference_mode():
            ids = model.generate(
                source,
                num_beams=HYPOTHESES,
                num_return_sequences=HYPOTHESES,
                min_new_tokens=about["tokens"],
                max_new_tokens=about["tokens"],
            )
        assert ids.shape == (HYPOTHESES * about["batch"], about["tokens"] + 1)

    return request


def opennmt_request(about: dict[str, Any], intra_op: int) -> Any:
    """OpenNMT-tf with random weights, exported by its own code and loaded; tokens are strings."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    warnings.simplefilter("ignore")
    import opennmt
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(intra_op)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.get_logger().setLevel("ERROR")
    tf.random.set_seed(1)
    # OpenNMT-tf adds one id, for unknown words.
    tokens = ["<blank>", "<s>", "</s>", *(f"w{n}" for n in range(about["vocabulary"] - 4))]
    model = opennmt.models.Transformer(
        num_layers=about["layers"], num_units=about["width"], num_heads=about["heads"],
        ffn_inner_dim=4 * about["width"],
    )  # fmt: skip
    settings = {
        "beam_width": HYPOTHESES,
        "num_hypotheses": HYPOTHESES,
        "minimum_decoding_length": about["tokens"],
        "maximum_decoding_length": about["tokens"],
    }
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = Path(folder, "vocabulary")
        vocabulary.write_text("\n".join(tokens) + "\n")
        files = {"source_vocabulary": str(vocabulary), "target_vocabulary": str(vocabulary)}
        model.initialize(files, settings)
        model.create_variables()
        model.export(f"{folder}/1")
        loaded = tf.saved_model.load(f"{folder}/1")
    translate = loaded.signatures["serving_default"]
    source = tf.constant([tokens[3 : 3 + about["source"]]] * about["batch"])
    length = tf.constant([about["source"]] * about["batch"])

    def request() -> None:
        found = translate(tokens=source, length=length)
        assert found["tokens"].numpy().shape == (about["batch"], HYPOTHESES, about["tokens"])
        assert (found["length"].numpy() == about["tokens"]).all()

    return request


def main(name: str, about: dict[str, Any]) -> None:
    """Answer requests until standard input ends."""
    if name == "Hugging Face":
        request = hugging_face_request(about)
    elif name.startswith("OpenNMT-tf"):
        request = opennmt_request(about, int(name.split()[1]))
    else:
        request = ctranslate2_request(about, name.split()[1])
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        request()
        took = [time.perf_counter() - wall, time.process_time() - processor]
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
