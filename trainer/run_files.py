"""Names of the files and folders in a training run."""

RUN = "run.json"
TOKENIZER = "tokenizer.model"  # a copy, so that the run can be exported without its data set
BEST_WEIGHTS = "best.weights.h5"
CHECKPOINTS = "checkpoints"
TENSORBOARD = "tensorboard"

REPORT = "report.md"
CURVES = "curves.png"

# Written by `python -m trainer.evaluate`; the card may also lie in a folder of its own.
EVALUATION = "evaluation.json"
CARD = "report_card.json"
CARD_TABLE = "report_card.md"
CARD_CHART = "report_card.png"
