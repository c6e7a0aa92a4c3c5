"""Minutes on two cores: for the demo, and to check that a corpus works.

Command:  python -m trainer --data DATA --output RUN --preset tiny
Time:     2.5 minutes of training, not counting evaluations.
Result:   on 109 novels of 4.5 million characters (benchmarks/held_out.py, two cores,
          --precision bfloat16), 3.80 bits per character with --minutes 10, 3.60 with 30 and 3.49
          with 60; 4.35 after 2.5 minutes on one core (benchmarks/ablations.py, "for longer").
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
    "rows": 2,
    "row_tokens": 256,
    "learning_rate": 2e-3,
    "steps": 20_000,
    "minutes": 2.5,
    "evaluate_every": 200,
    "patience": 10,
}
