"""Several GPUs, for a corpus of a billion characters or more.

Command:  python -m trainer --data DATA --output RUN --preset large
          (on several machines: the same command on each, with TF_CONFIG set)
Time:     not measured (no accelerator was available); 7 days at most.
Result:   not measured.
"""

MODEL = {
    "width": 1024,
    "heads": 16,
    "encoder_layers": 8,
    "decoder_layers": 16,
    "feed_forward": 2816,
    "dropout": 0.1,
}
TRAINING = {
    "batch": 32,
    "rows": 8,
    "row_tokens": 256,
    "learning_rate": 3e-4,
    "steps": 300_000,
    "minutes": 7 * 24 * 60.0,
    "evaluate_every": 2000,
    "patience": 10,
    "ema": 0.9995,
    "precision": "bfloat16",
    "jit": True,
}
