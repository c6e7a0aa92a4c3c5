"""One GPU, for a corpus of a hundred million characters or more.

Command:  python -m trainer --data DATA --output RUN --preset base
Time:     not measured (no accelerator was available); 24 hours at most.
Result:   not measured.
"""

MODEL = {
    "width": 512,
    "heads": 8,
    "encoder_layers": 6,
    "decoder_layers": 10,
    "feed_forward": 1408,
    "dropout": 0.1,
}
TRAINING = {
    "batch": 16,
    "rows": 8,
    "row_tokens": 256,
    "learning_rate": 6e-4,
    "steps": 100_000,
    "minutes": 24 * 60.0,
    "evaluate_every": 1000,
    "patience": 10,
    "ema": 0.999,
    "precision": "bfloat16",
    "jit": True,
}
