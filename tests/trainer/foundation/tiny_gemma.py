"""A tiny Gemma 3 with random weights and a BPE vocabulary, as each kind of source has it."""

import dataclasses
import io
import json

import numpy as np
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from tests.conftest import SAMPLE
from trainer.foundation.checkpoint import EMBEDDING, GemmaConfig
from trainer.foundation.folder import hugging_face_config
from trainer.foundation.gguf_file import _NAMES

EXTRA = [
    "foo(bar)",
    "for",
    "the",
    "漢字",
    "小説",
    "ᄒᆞᆫ글",
    "♡",
    "123",
    "{code}",
    "===",
    "$$",
    "ёж",
    "おはよう",
]


def tokenizer(size=1500):
    """A BPE model as Gemma's: special pieces first, bytes, no dummy prefix."""
    lines = [line for path in sorted(SAMPLE.glob("*.txt"))[:6]
             for line in path.read_text("utf-8").splitlines() if line]  # fmt: skip
    lines += [" ".join(EXTRA)] * 40
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=size,
        byte_fallback=True, character_coverage=1.0, user_defined_symbols=["\n\n"],
        pad_id=0, eos_id=1, bos_id=2, unk_id=3,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=False, minloglevel=2,
    )  # fmt: skip
    return model_pb2.ModelProto.FromString(model.getvalue())


def config(vocabulary, **others):
    shape = {"width": 32, "layers": 7, "heads": 4, "key_heads": 2, "channels": 16, "feed": 48,
             "window": 8}  # fmt: skip
    return GemmaConfig(vocabulary=vocabulary, **{**shape, "score_scale": 16**-0.5, **others})


def weights(shape, seed=1):
    random = np.random.default_rng(seed)
    return {
        name: (random.normal(size=size) * (0.3 if len(size) == 1 else 0.15)).astype(np.float32)
        for name, size in shape.shapes().items()
    }


def hugging_face(folder, model, shape, values):
    from safetensors.numpy import save_file

    folder.mkdir()
    half, names, places = len(values) // 2, list(values), {}
    for number, part in enumerate((names[:half], names[half:]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: values[name] for name in part}, folder / file)
        places |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(hugging_face_config(shape)))
    (folder / "tokenizer.model").write_bytes(model.SerializeToString())
    (folder / "LICENSE").write_text("Terms.")
    return folder


def gguf(path, model, shape, values):
    import gguf as library

    there = {ours: theirs for theirs, ours in _NAMES.items()}
    writer = library.GGUFWriter(str(path), "gemma3")
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_key_length(shape.channels)
    writer.add_feed_forward_length(shape.feed)
    writer.add_sliding_window(shape.window)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_token_list([piece.piece for piece in model.pieces])
    writer.add_token_scores([piece.score for piece in model.pieces])
    writer.add_token_types([{1: 1, 2: 2, 3: 3, 4: 4, 6: 6}[piece.type] for piece in model.pieces])
    writer.add_add_space_prefix(False)
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_unk_token_id(3)
    for name, value in values.items():
        if name == EMBEDDING:
            to = "token_embd.weight"
        elif name == "model.norm.weight":
            to = "output_norm.weight"
        else:
            _, _, layer, rest = name.split(".", 3)
            to = f"blk.{layer}.{there[rest.removesuffix('.weight')]}.weight"
        writer.add_tensor(to, value + 1.0 if value.ndim == 1 else value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def smaller(shape, vocabulary):
    return dataclasses.replace(shape, vocabulary=vocabulary)
