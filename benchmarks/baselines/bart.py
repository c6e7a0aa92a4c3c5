"""Hugging Face BART in the shape of ``tiny``, in PyTorch: a baseline of ``benchmarks/training.py``.

That benchmark starts it in the peers' environment with four arguments: a file of sentences, the
kind of targets (both as in ``pairs``), the tokens in a batch, and the size of the vocabulary.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.baselines import pairs
from benchmarks.baselines.step_timer import StepTimer

RATE, WEIGHT_DECAY, CLIP = 2e-3, 0.05, 1.0  # trainer.presets.tiny
NO_TARGET = -100


def build(vocabulary: int) -> transformers.BartForConditionalGeneration:
    """Random weights; a wider feed-forward makes up for the memory attention of our decoder."""
    torch.manual_seed(1)
    config = transformers.BartConfig(
        vocab_size=vocabulary, d_model=192, max_position_embeddings=512, dropout=0.1,
        encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=768,
        decoder_layers=3, decoder_attention_heads=4, decoder_ffn_dim=960,
        pad_token_id=pairs.PAD_ID, bos_token_id=pairs.BOS_ID, eos_token_id=pairs.EOS_ID,
        decoder_start_token_id=pairs.BOS_ID, forced_eos_token_id=None,
    )  # fmt: skip
    return transformers.BartForConditionalGeneration(config).train()


def main(path: Path, targets: str, tokens: int, vocabulary: int) -> None:
    """Take steps until the benchmark closes standard input."""
    torch.set_num_threads(2)
    model = build(vocabulary)
    optimizer = torch.optim.AdamW(
        model.parameters(), RATE, betas=(0.9, 0.95), weight_decay=WEIGHT_DECAY, fused=True
    )
    parameters = sum(weights.numel() for weights in model.parameters())
    counts = (batch.useful for batch in pairs.batches(path, targets, tokens))
    timer = StepTimer(counts, parameters)
    stream = pairs.batches(path, targets, tokens)
    has_turn = timer.wait()
    while has_turn:
        batch = next(stream)
        source, inputs, labels = (torch.from_numpy(part).long() for part in batch)
        loss = model(
            input_ids=source,
            attention_mask=(source != pairs.PAD_ID).long(),
            decoder_input_ids=inputs,
            labels=labels.masked_fill(labels == pairs.PAD_ID, NO_TARGET),
        ).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        has_turn = timer.end_step()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
