"""Minutes on two cores: for the demo, and to see whether a corpus works at all.

Command:  python -m trainer --data DATA --output RUN --preset tiny
Time:     at most 3 minutes.
"""

MODEL = {
    "width": 192,
    "heads": 4,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "feed_forward": 512,
    "dropout": 0.1,
}
TRAINING = {
    "batch": 1,
    "rows": 4,
    "row_tokens": 128,
    "learning_rate": 2e-3,
    "steps": 20_000,
    "minutes": 2.5,
    "evaluate_every": 100,
    "patience": 10,
}
