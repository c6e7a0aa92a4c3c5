"""An hour on a desktop's cores, for a corpus of some millions of characters.

Command:  python -m trainer --data DATA --output RUN --preset small
Time:     60 minutes of training, evaluations not counted.
Result:   on 109 novels of 4.5 million characters (--precision bfloat16) 4.12 bits a character
          with --minutes 8 on two cores (550 steps) and 3.63 with --steps 2060 --minutes 100000
          (42 minutes of one core, as many steps as half an hour of both), where `tiny` has 3.80
          with 10 minutes of both and 3.60 with 30. More cores or hours than these are what it is
          for; not measured there.
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
