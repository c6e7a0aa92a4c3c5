"""An hour on a desktop CPU, for a corpus of a few million characters.

Command:  python -m trainer --data DATA --output RUN --preset small
Time:     60 minutes of training, not counting evaluations.
Result:   on 109 novels of 4.5 million characters (--precision bfloat16), 4.12 bits per character
          with --minutes 8 on two cores (550 steps) and 3.63 with --steps 2060 --minutes 100000
          (42 minutes on one core, or half an hour on two); `tiny` reaches 3.80 with 10 minutes on
          two cores and 3.60 with 30. The preset is meant for more cores or hours than these,
          which were not measured.
"""

MODEL = {
    "width": 256,
    "heads": 4,
    "encoder_layers": 3,
    "decoder_layers": 6,
    "feed_forward": 704,
    "dropout": 0.1,
}
TRAINING = {
    "batch": 1,
    "rows": 4,
    "row_tokens": 256,
    "learning_rate": 1.5e-3,
    "steps": 100_000,
    "minutes": 60.0,
    "evaluate_every": 500,
    "patience": 10,
}
